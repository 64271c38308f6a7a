from tests.sources.memory import MemoryFiles

from inkpipe.sources.contents import describe_contents


def contents(files):
    memory = MemoryFiles(files)
    return describe_contents(memory.entries(), memory)


def test_kinds_of_files_are_counted_the_most_frequent_first():
    names = [f"{number}.PNG" for number in range(1200)] + ["a.zip", "b.ZIP", "README", "c.pdf", "d.xml", "e.doc", "f.j"]
    assert contents(names) == "1,200 .png, 2 .zip, 1 other, 1 .pdf, 1 .xml, 2 others"


def test_the_first_lines_of_tables_are_shown():
    files = {
        "a.csv": "\ufeffDateiname;Text\nx;y\n".encode(),
        "b.TSV": "\n\nBild\tText\n".encode("utf-16"),
        "c.tab": b"\xff" * 100,
        "d.csv": b"not shown",
    }
    shown = "�" * 80
    assert contents(files) == (
        f"2 .csv, 1 .tsv, 1 .tab; a.csv begins with 'Dateiname;Text'; b.TSV begins with 'Bild\\tText'; "
        f"c.tab begins with '{shown}'"
    )


def test_nothing_is_no_file():
    assert contents({}) == "no file"
