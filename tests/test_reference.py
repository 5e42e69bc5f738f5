"""The pages of the API reference: every public module once, every name where a reader imports it from."""

from reference import write_reference

MODULES = {
    "__init__.py": "",
    "_private.py": "",
    "core.py": "",
    "shelf/__init__.py": "from pack.core import Base\nfrom pack.shelf.box import LIMIT, Box",
    "shelf/box.py": "",
}


def pages(tmp_path) -> dict[str, str]:
    for name, text in MODULES.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    write_reference(tmp_path / "pack", tmp_path / "pages")
    return {page.stem: page.read_text() for page in (tmp_path / "pages").iterdir()}


def left_out(page: str, module: str) -> str:
    return page.split(f".. automodule:: {module}\n")[1].split(":exclude-members:")[1].split("\n")[0].strip()


def test_every_public_module_is_on_the_page_of_its_room(tmp_path):
    written = pages(tmp_path)
    assert set(written) == {"index", "pack.core", "pack.shelf"}
    assert written["index"].split()[-2:] == ["pack.core", "pack.shelf"]
    assert [line for line in written["pack.shelf"].splitlines() if line.startswith("..")] == [
        ".. automodule:: pack.shelf",
        ".. automodule:: pack.shelf.box",
    ]


def test_a_name_is_described_at_the_door_of_its_room_and_nowhere_else(tmp_path):
    written = pages(tmp_path)
    assert left_out(written["pack.shelf"], "pack.shelf.box") == "Box"
    assert left_out(written["pack.shelf"], "pack.shelf") == "Base"
    assert left_out(written["pack.core"], "pack.core") == ""
