"""Why a question to the controller has no answer.

ClientError
├── NoControllerError   nothing says where the controller is
├── UnreachableError    nothing answers there
│   └── UntrustedError  who answers there cannot be believed
├── UnaddressableError  nothing can be called as what was asked for
├── RefusedError        the controller answered with a problem
└── MalformedError      the answer is not the document that was asked for
"""

from lamplighter_client.documents import Problem


class ClientError(Exception):
    """Base of all errors of this package."""


class NoControllerError(ClientError):
    """Nothing says where the controller is."""


class UnreachableError(ClientError):
    """Nothing answers at the controller's address."""


class UntrustedError(UnreachableError):
    """Who answers at the controller's address cannot be believed; the text says what helps."""


class UnaddressableError(ClientError):
    """Nothing can be called as what was asked for: its name is empty, or a step in an address."""


class MalformedError(ClientError):
    """The answer is not the document that was asked for: another version, or no controller."""


class RefusedError(ClientError):
    """The controller answered with a problem; the text is its own."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail or f"the controller answered {problem.status}")
        self.status = problem.status
        self.flaws = list(problem.errors)
