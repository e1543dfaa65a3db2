"""Files that commands read and write: what is refused before there is any work."""

from pathlib import Path

from ._usage import WrongUsageError

__all__ = ["check_ending", "check_not_read", "names_a_file"]


def names_a_file(text: str) -> bool:
    """Tell whether a file is called so that is neither a device nor a pipe."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def check_not_read(out: Path, *sources: str | None) -> None:
    """Raise WrongUsageError where what is written would take the place of what is read; links are followed."""
    for source in sources:
        read = source is not None and (names_a_file(source) or Path(source).is_dir())
        if read and out.exists() and out.samefile(str(source)):
            raise WrongUsageError(f"{out}: is what the command reads, and would be lost; name another file to write")


def check_ending(option: str, path: Path, *endings: str) -> None:
    """Raise WrongUsageError for a file's name with another ending; a device, a pipe or a folder may have any name."""
    if path.suffix.lower() not in endings and (path.is_file() or not path.exists()):
        raise WrongUsageError(f"{option} {path}: must be a name that ends in {' or '.join(endings)}")
