"""Why a question cannot be searched at all."""


class QueryError(Exception):
    """`code` is stable, `message` is for the person who asked."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
