# SPDX-License-Identifier: Apache-2.0
"""Random well-typed programs, and what they print."""
