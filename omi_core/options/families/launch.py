"""LaunchOption: how a launch is prepared, started and cleared up (guide, appendix A 1)."""

from omi_core.options.family import Contradiction, Family, Shape
from omi_core.options.shapes import OptionFlags
from omi_core.text import Text


class LaunchOption(OptionFlags):
    """How a launch is prepared, started and cleared up afterwards."""

    REMOVE_FILES_AFTER_COMPLETE = (
        1,
        "cLHRemoveFilesAfterCompleteOption",
        Text("remove the launch's files when it is complete"),
    )
    REMOVE_DATA_AFTER_COMPLETE = (
        2,
        "cLHRemoveDataAfterCompleteOption",
        Text("remove the launch's data when it is complete"),
    )
    PEND_APPROVE = (
        4,
        "cLHPendApproveOption",
        Text("wait, and start only after approval"),
    )
    AUTO_GEN_REF_NUMBER = (
        8,
        "cLHAutoGenRefNumberOption",
        Text("generate the reference number automatically"),
    )
    PROCESS_SUB_LIST = 16, "cLHProcessSubListOption", Text("process the sub-list")
    NOT_CREATE_JOB_FOLDER = (
        32,
        "cLHNotCreateJobFolderOption",
        Text.within("will not", "create a job folder (the launch folder serves as one)"),
    )
    NOT_CREATE_LAUNCH_FOLDER = (
        64,
        "cLHNotCreateLaunchFolderOption",
        Text.within(
            "will not", "create a launch folder (texts and file paths are saved in the database)"
        ),
    )
    CREATE_JOB = 128, "cLHCreateJobOption", Text("create the job if possible")
    ML_CONTENT_SAMPLE_LIST = (
        256,
        "cLHMLContentSampleListOption",
        Text("use the sample list for multi-launch content"),
    )
    CHECK_EXT_TIME = (
        512,
        "cLHCheckExtTimeOption",
        Text("check the start and expiry times in LaunchExtTimeInfo"),
    )
    CHECK_LIST = (
        1024,
        "cLHCheckListOption",
        Text("check the list count in LaunchCheckListInfo"),
    )


LAUNCH = Family(
    key="launch",
    title="LaunchOption",
    section="1",
    about=Text("how a launch is prepared, started and cleared up"),
    subject=Text("The launch"),
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
