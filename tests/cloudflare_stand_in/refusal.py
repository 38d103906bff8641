"""How the API says no: an HTTP status, and codes of 1000 and more."""

from dataclasses import dataclass, field


@dataclass
class ApiError(Exception):
    """One error of the envelope; `chain` is the old style of some answers."""

    status: int
    code: int
    message: str
    pointer: str = ""
    chain: tuple[tuple[int, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.pointer:
            error["source"] = {"pointer": self.pointer}
        if self.chain:
            error["error_chain"] = [{"code": c, "message": m} for c, m in self.chain]
        return {"result": None, "success": False, "errors": [error], "messages": []}
