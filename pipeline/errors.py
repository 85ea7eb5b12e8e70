"""What can stop a run before it begins. Apart from the engines, so that the command line knows it without Beam."""


class EngineError(Exception):
    """The runner that the options name can't do this."""
