/* SPDX-License-Identifier: Apache-2.0 */
/* flow.h - all that generated code includes. */
#ifndef FLOW_H
#define FLOW_H

#include <flow/lib.h>
#include <flow/program.h>

#endif
