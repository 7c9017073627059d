"""What the model says on the tour, where it is more than a sentence or two."""

PROJECT = """\
A small playground, made for this demo and gone when it ends:

- `hello.py` greets somebody by name
- `test_hello.py` tests it, and one of the two tests fails
- `build.py` is a build that takes its time

A script decides what I say here. The files, the commands and their output are real: look at the directory, or ask me \
to run the tests."""

WHY_THOUGHTS = """\
One test passes, the other does not, so `greet` works in principle. The failing one calls `greet("")`. The function \
puts the name between “Hello, ” and “!” as it is, and with an empty name that leaves “Hello, !”. The test wants \
“Hello, stranger!”. So the test is right and the code forgot a case. What about a name of spaces alone? It would look \
just as empty, so it should count as no name, too."""
WHY = """\
`greet` takes the name as it is, and an empty one leaves nothing between the comma and the exclamation mark:

```python
greet("")  # 'Hello, !', and the test wants 'Hello, stranger!'
```

The test is right; `hello.py` forgets the case. Two lines would do."""
WHY_NO_MORE = "It passes by now: `hello.py` says “stranger” where there is no name."

FIX_OLD = '    return f"Hello, {name}!"\n'
FIX_NEW = '    who = name.strip() or "stranger"  # spaces are no name, either\n    return f"Hello, {who}!"\n'
FIXED = f"""\
Both tests pass. What I changed in `hello.py`:

```diff
 def greet(name: str) -> str:
-{FIX_OLD.rstrip()}
+{FIX_NEW.splitlines()[0]}
+{FIX_NEW.splitlines()[1]}
```"""

USAGE = """\
# Usage

Greet somebody:

    $ python3 hello.py Ada
    Hello, Ada!

Without a name it greets the world:

    $ python3 hello.py
    Hello, world!

Run the tests:

    $ python3 -m unittest
"""

PLAN = """\
# A --name option

1. Read the arguments with `argparse` instead of `sys.argv`, so that `--help` comes for free
2. Add `--name`, with “world” when it is left out
3. Run it once by hand

`greet` itself and the tests stay as they are.
"""
_ARGPARSE = """\
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="world", help="who is greeted")
    print(greet(parser.parse_args().name))
"""
PLAN_EDITS = (
    ("import sys\n", "import argparse\n"),
    ('    print(greet(sys.argv[1] if len(sys.argv) > 1 else "world"))\n', _ARGPARSE),
)

EXPLANATION = """\
## What `hello.py` does

As it is when the demo begins, it has one function, and a few lines that call it when the file is run as a program.

### The function

```python
def greet(name: str) -> str:
    return f"Hello, {name}!"
```

- It **returns** the greeting and does not print it, so a test can look at it.
- The types are there for readers and for tools; Python itself does not check them.
- The `f` before the quote makes it a *format string*: what stands in braces is put in when the line runs.

### The program

```python
if __name__ == "__main__":
    print(greet(sys.argv[1] if len(sys.argv) > 1 else "world"))
```

`__name__` is `"__main__"` only when the file is started, not when a test imports it. So importing it prints nothing. \
`sys.argv` is what stood on the command line: first the program, then its arguments.

| you type | `sys.argv` holds | it prints |
|---|---|---|
| `hello.py` | 1 item | Hello, world! |
| `hello.py Ada` | 2 items | Hello, Ada! |
| `hello.py ""` | 2 items | Hello, ! |

The last line of the table is the weak spot: an empty argument *is* an argument, so “world” does not step in.

### The tests

`test_hello.py` calls `greet` twice, once with a name and once without, and compares what comes back to the letter:

```bash
python3 -m unittest
python3 -m unittest -v   # names each test
```

Each test is a method whose name begins with `test_`. `setUp` would run before each of them; there is nothing to set \
up here. What the tests do not look at is the program itself, that is, how it reads the command line:

```bash
python3 hello.py          # Hello, world!
python3 hello.py Ada      # Hello, Ada!
python3 hello.py "" Ada   # Hello, !    only the first argument counts
```

### What I would change

1. Let `greet` say something sensible without a name. The test for it is there already, and it fails.
2. Read the arguments with `argparse`: it explains them (`--help`), and it refuses those that it does not know, where \
`sys.argv` takes whatever comes and says nothing.
3. Test the program as well, not only the function:

```python
def test_the_program(self) -> None:
    done = subprocess.run(["python3", "hello.py", "Ada"], capture_output=True, text=True)
    self.assertEqual(done.stdout, "Hello, Ada!\\n")
```

4. Leave the rest as it is. It is short, and it is clear.
"""

PUBLISHING = """\
Four ways to give `hello.py` to others, from the least work to the most:

| way | what people type | your work | updates reach them | best when |
|---|---|---|---|---|
| Send the file | `python3 hello.py` | none at all | when you send it again | one person asks for it once |
| A git repository | `git clone` and `python3 hello.py` | a few minutes | when they pull | they want to change it, too |
| A package | `pipx install hello` | an hour, then a release each time | when they upgrade | many use it every day |
| A container | `docker run hello` | some hours, a registry | with the next image | it must run the same everywhere |

For a greeting I would stop at the second line."""

REVIEWED = (
    ("README.md", "It says what each file is for and how to start it. Nothing to add."),
    ("hello.py", "One short function and the program around it. Easy to read."),
    ("test_hello.py", "Two tests, with a name and without. A name that is all spaces is missing."),
    ("build.py", "It waits after each part; that is why it is slow."),
)
