"""The machine code of an object file: its functions, their innermost loops, and the names behind mangled symbols."""

import re
import subprocess
import sys


class Instruction:
    def __init__(self, address, text):
        self.address = address
        self.text = text
        self.name = text.split()[0] if text else ""
        self.callee = None
        match = re.match(r"(?:bnd )?j\w+\s+([0-9a-f]+)\b", text)
        self.target = int(match.group(1), 16) if match else None

    def is_call(self):
        return re.match(r"(?:bnd )?call", self.text) is not None

    def ends_path(self):
        return self.name in ("jmp", "ret", "retq", "ud2", "hlt") or (self.name == "bnd" and "jmp" in self.text)


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: {result.stderr.strip() or 'failed'}")
    return result.stdout


def functions_of(path):
    """Mangled name -> instructions, for every function of an object."""
    functions, body = {}, None
    for line in run("objdump", "-dr", "--no-show-raw-insn", path).splitlines():
        head = re.match(r"^[0-9a-f]+ <(.+)>:$", line)
        if head:
            body = functions.setdefault(head.group(1), [])
            continue
        relocation = re.match(r"^\s+[0-9a-f]+: R_X86_64_(?:PLT32|PC32|GOTPCRELX)\s+(\S+?)(?:[-+]0x[0-9a-f]+)?$", line)
        if relocation and body:
            body[-1].callee = relocation.group(1)
            continue
        if "R_X86_64_" in line:
            continue
        code = re.match(r"^\s*([0-9a-f]+):\s+(.*?)\s*(?:#.*)?$", line)
        if code and body is not None and code.group(2):
            body.append(Instruction(int(code.group(1), 16), code.group(2)))
    return functions


def innermost_loops(body):
    """The natural loops that contain no other loop, each as its instructions.

    A jump backward is a loop only when its target dominates it: code that was moved out of the way jumps back too.
    """
    if not body:
        return []
    inside = {instruction.address: index for index, instruction in enumerate(body)}
    leaders = {0}
    for index, instruction in enumerate(body):
        if instruction.target in inside:
            leaders.add(inside[instruction.target])
        if (instruction.target is not None or instruction.ends_path()) and index + 1 < len(body):
            leaders.add(index + 1)
    starts = sorted(leaders)
    number = {start: block for block, start in enumerate(starts)}
    ends = starts[1:] + [len(body)]
    successors = []
    for block, end in enumerate(ends):
        last, following = body[end - 1], []
        if last.target in inside:
            following.append(number[inside[last.target]])
        if not last.ends_path() and end < len(body):
            following.append(block + 1)
        successors.append(following)
    predecessors = [[] for _ in starts]
    for block, following in enumerate(successors):
        for other in following:
            predecessors[other].append(block)

    order, seen, stack = [], {0}, [(0, iter(successors[0]))]
    while stack:
        block, rest = stack[-1]
        for other in rest:
            if other not in seen:
                seen.add(other)
                stack.append((other, iter(successors[other])))
                break
        else:
            order.append(block)
            stack.pop()
    order.reverse()
    dominators = {0: {0}}
    changed = True
    while changed:
        changed = False
        for block in order[1:]:
            known = [dominators[p] for p in predecessors[block] if p in dominators]
            new = set.intersection(*known) | {block}
            if dominators.get(block) != new:
                dominators[block], changed = new, True

    loops = {}
    for block in order:
        for header in successors[block]:
            if header in dominators[block]:
                members, work = loops.setdefault(header, {header}), [block]
                while work:
                    member = work.pop()
                    if member not in members:
                        members.add(member)
                        work += [p for p in predecessors[member] if p in seen]
    inner = [m for h, m in loops.items() if not any(o in m for o in loops if o != h)]
    return [[body[i] for b in sorted(m) for i in range(starts[b], ends[b])] for m in inner]


def words_of(text):
    """The words of an identifier that a mangled name may refer to by letter: each begins with a capital."""
    words = [""]
    for before, character in zip(" " + text, text):
        if words[-1] and character.isupper() and not before.isupper():
            words.append("")
        words[-1] += character
    return words


def identifier(mangled, words):
    """The identifier at the start of `mangled`, or None."""
    match = re.match(r"([1-9]\d*)", mangled)
    if match:
        return mangled[match.end(): match.end() + int(match.group(1))]
    if not mangled.startswith("0"):
        return None
    # Literal parts with their length, and letters for known words, the last of a run a capital; "0" ends it.
    name, position = "", 1
    while position < len(mangled):
        character = mangled[position]
        if character.isalpha():
            index = ord(character.lower()) - 97
            name += words[index] if index < len(words) else "?"
            position += 1
            if character.islower():
                continue
            if mangled[position: position + 1] == "0":
                return name
        match = re.match(r"[1-9]\d*", mangled[position:])
        if not match:
            return name
        end = position + match.end() + int(match.group(0))
        name += mangled[position + match.end(): end]
        position = end
        if not mangled[position: position + 1].isalpha() or position >= len(mangled):
            return name
        # After a literal only letters of words may follow, and "0" or a number closes them.
        if not re.match(r"[a-z]*[A-Z](?:0|[1-9])", mangled[position:]):
            return name
    return name
