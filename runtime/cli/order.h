/* SPDX-License-Identifier: Apache-2.0 */
/* order.h - the order in which the steps of a flow are shown. */
#ifndef CLI_ORDER_H
#define CLI_ORDER_H

#include <flow/program.h>

/* The steps, each after all that lead to it, but for ways back; among those that may come next,
 * first the one that is first in the text.  To be freed; NULL for lack of memory. */
uint16_t *order_new(const FlowProgram *program);

#endif
