/* SPDX-License-Identifier: Apache-2.0 */
/* case.h - lower and upper case of code points.
 *
 * Latin, Greek, Cyrillic and Armenian, one code point for one; not the locale's tables, so that
 * a flow gives the same answer on every machine. */
#ifndef LIB_CASE_H
#define LIB_CASE_H

#include <stdint.h>

uint32_t case_lower(uint32_t point);
uint32_t case_upper(uint32_t point);

#endif
