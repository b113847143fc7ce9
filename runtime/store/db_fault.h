/* SPDX-License-Identifier: Apache-2.0 */
/* db_fault.h - lets SQLite's own writes, syncs and allocations fail where ours can (os/fault.h). */
#ifndef STORE_DB_FAULT_H
#define STORE_DB_FAULT_H

/* Once, after sqlite3_config, before anything is opened; nothing while no fault is armed. */
void db_fault_install(void);

#endif
