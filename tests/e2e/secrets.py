#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A secret reaches what needs it; its text is in no file of the store, and in no output.

The secret's digest, which scripts make of it, shows that they had it."""
import hashlib
import shutil
import time

from _program import Program, contains, lacks

FLOW = """flow Secrets

import env

param token: secret    /// What opens the door
param fails = false    /// Whether the last step fails

struct Login { user: string, password: secret }

fn pick(a: secret, b: secret, is_first: bool) -> secret { if is_first { a } else { b } }

fn digest(login: Login) -> string {
    let password = login.password
    let found = script python(password) -> (found: string) \"""
        import hashlib, os
        assert "password" not in os.environ
        found = hashlib.sha256(password.encode()).hexdigest()
    \"""
    found
}

step start {
    keep found = digest(Login(user="ada", password=token))
    next fan
}

step fan {
    let secrets = [token, env.secret("OTHER_SECRET")]
    let second = || secrets[1]
    keep other = digest(Login(user="alan", password=pick(token, second(), false)))
    next work foreach 0..3
}

@environment(DOOR=token)
@retry(times=1)
step work(n: int) {
    keep seen = script sh() -> (seen: string) \"""
        seen=$(printf %s "$DOOR" | sha256sum | cut -c1-64)
    \"""
    if fails and current.attempt == 1 { fail "not at first" }
    next gather
}

join gather(all: [work]) {
    keep all_seen = all.map(|one| one.seen)
    next last
}

step last {
    let length = script sh(token) -> (length: int) "length=${#token}"
    keep lengths = [length]
    let shared = NODE
    print("{found}\\n{other}\\n{all_seen}\\n{lengths} {shared}")
    if fails {
        script python(token) \"""
            raise ValueError("the door is locked")
        \"""
    }
    next end
}

step end { print("done") }
"""

# What scripts print of what they were given, and of what is in their environment.
TALK = """flow Talk

import env

param token: secret
param key: secret
param fails = false

step start {
    keep opened = 1
    next talk
}

@environment(DOOR=env.secret("OTHER_SECRET"))
step talk {
    script python(token, key) \"""
        import os, sys, time
        print("plain", token, "again", token + token)
        sys.stdout.flush()
        for half in (token[:5], token[5:] + "\\n"):
            os.write(1, half.encode())
            time.sleep(0.2)
        os.write(2, b"." * 65532 + token.encode() + b"!\\n")
        print("key", key)
        print("door", os.environ["DOOR"])
        print("bytes", "x".join(token))
        sys.stdout.write("no end " + token[:4])
    \"""
    script sh() \"""
        echo "door is $DOOR" >&2
        (sleep 300; echo late) &
        (i=0; while [ $i -lt 2000000 ]; do echo noise; i=$((i+1)); done; echo too late) &
        echo "token is $FLOW_PARAM_TOKEN"
    \"""
    if fails {
        script python(token) "raise ValueError('no ' + token)"
    }
    let n = try (script python(token) -> (n: int) "n = token") else 7
    print(n)
    script sh() "echo done"
    next end
}

step end { print("over {opened}") }
"""
KEY = "-----BEGIN-----\nabc\ndef\n-----END-----\n"


def redacts():
    with Program(TALK) as program:
        env = dict(ENVIRONMENT, FLOW_PARAM_KEY=KEY)
        began = time.monotonic()
        done = program("run", env=env)
        assert time.monotonic() - began < 300, "what a script leaves behind is waited for"
        is_nowhere(program, done.stdout, done.stderr, *every_output(program, "1", "opened"))
        out = program("logs", "1/talk", "--stdout").stdout
        contains(out, "plain *** again ******\n***\n", "key ***\n", "door ***\n",
                 "bytes s" + "x".join(SECRET)[1:] + "\n", "no end " + SECRET[:4],
                 "token is ***\n", "\n7\n", "done\n")
        lacks(out[-300:], "too late") # what never falls silent is not waited for either
        err = program("logs", "1/talk", "--stderr").stdout + \
            program("logs", "1/talk", "--stderr").stderr
        contains(err, "." * 65532 + "***!\n", "door is ***\n")
        done = program("run", "--fails", env=env, code=1)
        contains(done.stderr, "ValueError: no ***")
        is_nowhere(program, done.stdout, done.stderr, *every_output(program, "2", "opened"))


SECRET, OTHER = "s3cr3t-Zx9-açb", "an0ther-qq7"
ENVIRONMENT = {"FLOW_PARAM_TOKEN": SECRET, "OTHER_SECRET": OTHER}


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def is_nowhere(program, *texts):
    """Not in the texts, and in no file below the folder, the database and the logs among them."""
    for path in program.folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for secret in (SECRET, OTHER):
            assert secret.encode() not in content, f"{path} holds the secret {secret!r}"
    for text in texts:
        lacks(text, SECRET)
        lacks(text, OTHER)


def every_output(program, run, found="found"):
    """What all the commands that show something of a run say about it."""
    for words in (("runs",), ("show", run), ("show", run, "--format", "json"), ("logs", run),
                  ("dump", run), ("dump", run, "--format", "json"), ("params",),
                  ("params", "--format", "json"), ("params", run), ("run", "--help"),
                  ("get", f"{run}/start", found), ("graph",)):
        done = program(*words, env=ENVIRONMENT)
        yield done.stdout + done.stderr


def main():
    redacts()
    node = 'script node(token) -> (n: int) "const n = token.length;"'
    with Program(FLOW.replace("NODE", node if shutil.which("node") else "0")) as program:
        done = program("run", code=2)
        contains(done.stderr, "the parameter `token` is a secret", "FLOW_PARAM_TOKEN")
        done = program("run", "--token", SECRET, env=ENVIRONMENT, code=2)
        contains(done.stderr, "FLOW_PARAM_TOKEN in the environment")
        lacks(done.stderr, SECRET)
        (program.folder / "given.json").write_text('{"token": "in a file"}')
        done = program("run", "--params", "given.json", env=ENVIRONMENT, code=2)
        contains(done.stderr, "a secret stands neither on a command line nor in a file")
        lacks(done.stderr, "in a file\"")

        done = program("run", env=ENVIRONMENT, code=0)
        contains(done.stdout + done.stderr, sha(SECRET), sha(OTHER), f"[{len(SECRET.encode())}]")
        contains(done.stdout + done.stderr, str([sha(SECRET)] * 3).replace("'", '"'))
        is_nowhere(program, done.stdout, done.stderr, *every_output(program, "1"))

        done = program("run", "--format", "json", "--fails", env=ENVIRONMENT, code=1)
        contains(done.stdout + done.stderr, "the door is locked")
        is_nowhere(program, done.stdout, done.stderr, *every_output(program, "2"))

        done = program("resume", env={"OTHER_SECRET": OTHER}, code=2)
        contains(done.stderr, "the parameter `token` is a secret", "FLOW_PARAM_TOKEN")
        done = program("resume", env=ENVIRONMENT, code=1)
        is_nowhere(program, done.stdout, done.stderr)

        done = program("run", env={"FLOW_PARAM_TOKEN": SECRET}, code=1)
        contains(done.stderr, "the environment has no OTHER_SECRET")
        is_nowhere(program, done.stdout, done.stderr)


if __name__ == "__main__":
    main()
