"""What goes wrong with the embedded services; every message says what to do."""


class ServiceError(RuntimeError):
    """A service could not be started or reached."""


class NotFound(ServiceError):
    """No usable program; the message says how to get one."""


class WrongVersion(ServiceError):
    """The data was written by another major version."""


class AlreadyRunning(ServiceError):
    """Another process owns the services of this data folder."""
