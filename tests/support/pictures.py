"""Pictures of screens that are kept in files: one SVG a test, compared and shown as text."""

from __future__ import annotations

from typing import Any

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tuisim.testing.pictures import without_ids


class PictureFile(SingleFileSnapshotExtension):
    """An SVG in `__snapshots__/MODULE/TEST.svg`; a difference is printed by its lines."""

    file_extension = "svg"
    # The name that it had before syrupy 5.
    _file_extension = file_extension
    _write_mode = WriteMode.TEXT

    def serialize(self, data: Any, **options: Any) -> Any:
        """The SVG as it is written and compared."""
        return without_ids(super().serialize(data, **options))
