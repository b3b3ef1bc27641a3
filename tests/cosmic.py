"""Change the package in small ways with cosmic-ray, and list what no test notices.

Run by ``make cosmic``.  For each place that can be changed one mutant of each kind is
drawn, annotations left out; the tests that `mutants.py` names for its module judge it,
on a copy of the project.  What survives is explained in `survivors.md`.
"""

import argparse
import ast
import random
import subprocess
import sys

from mutants import PYTEST, TESTS, TOP, check_unchanged, fails, judged

ENDLESS = 45  # seconds for one test: three times what the slowest takes
LIMIT = [f"--override-ini=faulthandler_timeout={ENDLESS}"]
LIMIT += ["--override-ini=faulthandler_exit_on_timeout=true"]
KINDS = "ReplaceBinaryOperator", "ReplaceComparisonOperator", "ReplaceUnaryOperator"


def kind(operator):
    """Return what an operator of cosmic-ray changes, whatever it puts there."""
    name = operator.split("/")[1]
    return next((kind for kind in KINDS if name.startswith(kind)), name)


def annotations(source):
    """Return where annotations start and end."""
    found = [
        getattr(node, field, None)
        for node in ast.walk(ast.parse(source))
        for field in ("annotation", "returns")
    ]
    return [
        ((a.lineno, a.col_offset), (a.end_lineno, a.end_col_offset)) for a in found if a
    ]


def mutants(module, seed):
    """Return the mutants that are drawn of a module: line, operator and its occurrence."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    path = TOP / "activations" / f"{module}.py"
    source = path.read_text("utf-8")
    left_out = annotations(source)
    tree = get_ast(source)
    places = {}
    for operator in operator_names():
        if "variable" in operator.lower():  # which ask for a name
            continue
        change, occurrence = get_operator(operator)(), 0
        for node in ast_nodes(tree):
            for start, _ in change.mutation_positions(node):
                if not any(first <= start < last for first, last in left_out):
                    drawn = places.setdefault((start, kind(operator)), [])
                    drawn.append((operator, occurrence))
                occurrence += 1
    rng = random.Random(seed)
    mutants = [
        (start[0], *rng.choice(drawn)) for (start, _), drawn in sorted(places.items())
    ]
    return [mutant for mutant in mutants if changes(source, *mutant[1:])]


def changes(source, operator, occurrence):
    """Tell whether a mutant is another program: 1e300 + 1 is the same number.

    A star between parameters is taken for a product, and what comes of it is none.
    """
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    try:
        mutated = mutate_code(source, get_operator(operator)(), occurrence)
        return ast.dump(ast.parse(mutated)) != ast.dump(ast.parse(source))
    except (AttributeError, SyntaxError):  # the former at exceptions with a dot
        return False


def survives(folder, job):
    """Return the change as two lines if no test notices it."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    module, _, operator, occurrence = job
    path = folder / "activations" / f"{module}.py"
    original = path.read_text("utf-8")
    changed = mutate_code(original, get_operator(operator)(), occurrence)
    path.write_text(changed, "utf-8")
    try:
        if fails(folder, *PYTEST, *LIMIT, *TESTS[module]):
            return None
    finally:
        path.write_text(original, "utf-8")
    lines = zip(original.splitlines(), changed.splitlines(), strict=False)
    return next((a.strip(), b.strip()) for a, b in lines if a != b)


def changed_lines(revision, module):
    """Return the lines of a module that a revision does not have."""
    command = ["git", "show", f"{revision}:activations/{module}.py"]
    old = subprocess.run(command, cwd=TOP, capture_output=True, text=True).stdout
    known = {line.strip() for line in old.splitlines()}
    path = TOP / "activations" / f"{module}.py"
    new = path.read_text("utf-8").splitlines()
    return {n for n, line in enumerate(new, 1) if line.strip() not in known}


def main():
    """Draw mutants, have them judged and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help=f"of {', '.join(TESTS)}"
    )
    parser.add_argument("--since", help="judge lines only that this revision has not")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    if unknown := set(options.modules) - set(TESTS):
        parser.error(f"no module of the package: {', '.join(sorted(unknown))}")
    if options.since:
        commit = ["git", "rev-parse", "-q", "--verify", f"{options.since}^{{commit}}"]
        if subprocess.run(commit, cwd=TOP, stdout=subprocess.DEVNULL).returncode:
            parser.error(f"no revision: {options.since}")
    jobs = []
    for module in options.modules or TESTS:
        drawn = mutants(module, options.seed)
        if options.since:
            lines = changed_lines(options.since, module)
            drawn = [mutant for mutant in drawn if mutant[0] in lines]
        jobs += [(module, *mutant) for mutant in drawn]
    if not jobs:
        print(f"nothing to judge: {options.since} has all lines that can be changed")
        return
    tests = {test for module, *_ in jobs for test in TESTS[module]}
    check_unchanged("-nauto", *tests)
    left = dict.fromkeys(TESTS, 0)
    for done, (job, change) in enumerate(judged(jobs, survives), 1):
        module, line, operator, _ = job
        if change:
            left[module] += 1
            before, after = change
            print(f"\r\033[K{module}:{line}: {before} -> {after} ({operator})")
        print(f"\r{done} of {len(jobs)} judged", end="", flush=True)
    print("\n\n| module | drawn | killed |\n|---|---|---|")
    for module, survivors in left.items():
        drawn = sum(job[0] == module for job in jobs)
        if drawn:
            print(f"| `{module}` | {drawn} | {drawn - survivors} |")
    killed = len(jobs) - sum(left.values())
    print(f"\n{killed} of {len(jobs)} killed, {killed / len(jobs):.1%}")


if __name__ == "__main__":
    sys.exit(main())
