# SPDX-License-Identifier: Apache-2.0
"""What tests/run/scripts.flow takes from a file."""
squares = [i * i for i in range(n)]
