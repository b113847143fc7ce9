#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scripts in R: what crosses over, where their errors stand; skipped where there is no Rscript."""
import shutil
import sys

from _program import Program, contains, lacks

FLOW = """flow InR

param token: secret
param fails = ""    /// How the last step fails

struct Row { x: int, y: float }
struct Fit { slope: float, names: [string] }

step start {
    let rows = [Row(x=1, y=2.0), Row(x=2, y=4.0), Row(x=3, y=6.5)]
    let (total, one, nested, fit, back) = script r(rows, scale=2, word="a b", on=true) ->
            (total: float, one: [int], nested: [[float]], fit: Fit, back: json) \"""
        model <- lm(y ~ x, rows)
        total <- sum(rows$x) * scale
        one <- 7
        nested <- list(1, c(2, 3.5))
        fit <- list(slope = round(coef(model)[["x"]], 3), names = c(word, if (on) "yes" else "no"))
        back <- list(a = 1, b = list(TRUE, NULL, "x"))
        cat("printed by R\\n")
    \"""
    print("{total} {one} {nested} {fit} {back}")
    script r(token) "stopifnot(nchar(token) == 7, Sys.getenv('token') == '')"
    let sizes = script r(many=1..=3) -> (sizes: [int]) "sizes <- many * 10"
    print(sizes)
    next last
}

step last {
    if fails == "deep" {
        script r(n=3) \"""
            half <- function(x) {
                if (x %% 2 == 1)
                    stop("odd: ", x)
                x / 2
            }
            half(n)
        \"""
    }
    if fails == "syntax" {
        script r() \"""
            x <- 1
            y <- )
        \"""
    }
    if fails == "type" {
        let n = script r() -> (n: int) "n <- 'many'"
        print(n)
    }
    if fails == "unset" {
        let n = script r() -> (n: int) "m <- 1"
        print(n)
    }
    next end
}

step end { }
"""


def line_of(text):
    return next(i for i, line in enumerate(FLOW.splitlines(), 1) if text in line)


def main():
    if not shutil.which("Rscript"):
        print("there is no Rscript here: apt-get install r-base-core r-cran-jsonlite")
        sys.exit(77)
    env = {"FLOW_PARAM_TOKEN": "s3cr3t!"}
    with Program(FLOW) as program:
        done = program("run", env=env)
        contains(done.stdout + done.stderr, "printed by R",
                 '12.0 [7] [[1.0], [2.0, 3.5]] Fit(slope=2.25, names=["a b", "yes"]) '
                 '{"a":1,"b":[true,null,"x"]}', "[10, 20, 30]")
        for fails, says, line in (("deep", "a script in r: odd: 3", line_of("if (x %% 2")),
                                  ("syntax", "unexpected ')'", line_of("y <- )")),
                                  ("type", "the result n", line_of("'many'")),
                                  ("unset", "it does not set the result `n`", line_of("m <- 1"))):
            done = program("run", "--fails", fails, env=env, code=1)
            contains(done.stderr, says, f"at script (prog.flow:{line})")
            lacks(done.stderr, "flow-scratch-")


if __name__ == "__main__":
    main()
