"""LaunchOption: how a launch is prepared, started and cleared up (guide, appendix A 1)."""

from omi_core.findings.finding import Text
from omi_core.options.family import Contradiction, Family, Shape
from omi_core.options.shapes import OptionFlags


class LaunchOption(OptionFlags):
    """How a launch is prepared, started and cleared up afterwards."""

    REMOVE_FILES_AFTER_COMPLETE = (
        1,
        "cLHRemoveFilesAfterCompleteOption",
        "remove the launch's files when it is complete",
        "在完成後移除發送的檔案",
    )
    REMOVE_DATA_AFTER_COMPLETE = (
        2,
        "cLHRemoveDataAfterCompleteOption",
        "remove the launch's data when it is complete",
        "在完成後移除發送的資料",
    )
    PEND_APPROVE = (
        4,
        "cLHPendApproveOption",
        "wait, and start only after approval",
        "先暫停，核准後才發送",
    )
    AUTO_GEN_REF_NUMBER = (
        8,
        "cLHAutoGenRefNumberOption",
        "generate the reference number automatically",
        "自動產生參考編號",
    )
    PROCESS_SUB_LIST = 16, "cLHProcessSubListOption", "process the sub-list", "處理子清單"
    NOT_CREATE_JOB_FOLDER = (
        32,
        "cLHNotCreateJobFolderOption",
        "not create a job folder (the launch folder serves as one)",
        "不建立工作資料夾（以發送資料夾代替）",
    )
    NOT_CREATE_LAUNCH_FOLDER = (
        64,
        "cLHNotCreateLaunchFolderOption",
        "not create a launch folder (texts and file paths are saved in the database)",
        "不建立發送資料夾（文字與檔案路徑都存入資料庫）",
    )
    CREATE_JOB = 128, "cLHCreateJobOption", "create the job if possible", "在可行時建立工作"
    ML_CONTENT_SAMPLE_LIST = (
        256,
        "cLHMLContentSampleListOption",
        "use the sample list for multi-launch content",
        "對多次發送的內容使用抽樣清單",
    )
    CHECK_EXT_TIME = (
        512,
        "cLHCheckExtTimeOption",
        "check the start and expiry times in LaunchExtTimeInfo",
        "檢查 LaunchExtTimeInfo 的開始與到期時間",
    )
    CHECK_LIST = (
        1024,
        "cLHCheckListOption",
        "check the list count in LaunchCheckListInfo",
        "檢查 LaunchCheckListInfo 的收件人清單筆數",
    )


LAUNCH = Family(
    key="launch",
    title="LaunchOption",
    section="1",
    about=Text("how a launch is prepared, started and cleared up", "發送的準備、啟動與清理"),
    subject=Text("The launch", "這次發送"),
    shape=Shape.FLAGS,
    signed=True,
    header="X-LaunchOption",
    prefix="cLH",
    suffix="Option",
    flags=LaunchOption,
    rules=(
        # Each folder is to stand in for the other, so nothing is left to work in.
        Contradiction(
            bit=LaunchOption.NOT_CREATE_JOB_FOLDER, against=LaunchOption.NOT_CREATE_LAUNCH_FOLDER
        ),
    ),
)
