"""pygit2: writes 700 commits and walks them three times."""

import tempfile

import pygit2

with tempfile.TemporaryDirectory() as folder:
    repository = pygit2.init_repository(folder)
    author = pygit2.Signature("A", "a@example.org", 1700000000, 0)
    parents = []
    for number in range(700):
        builder = repository.TreeBuilder()
        builder.insert("file.txt", repository.create_blob(b"line %d\n" % number), pygit2.enums.FileMode.BLOB)
        made = repository.create_commit(
            "refs/heads/main", author, author, f"commit {number}", builder.write(), parents
        )
        parents = [made]
    count = 0
    for _ in range(3):
        count += sum(len(commit.message) for commit in repository.walk(made))
        repository.config["user.name"] = "B"
        count += len(list(repository.references))
    print(count, repository.merge_base(made, made) == made)
