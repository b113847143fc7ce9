/* SPDX-License-Identifier: Apache-2.0 */
/* db_fault.c - a VFS over SQLite's own: each call asks the fault seam, then the real one. */
#include "store/db_fault.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdint.h>
#include <string.h>

#include "os/fault.h"

typedef struct FaultFile {
    sqlite3_file base;
    int64_t real[]; /* the VFS's own file; SQLite aligns to 8 bytes */
} FaultFile;

static sqlite3_vfs *real_vfs;

static sqlite3_file *real(sqlite3_file *file)
{
    return (sqlite3_file *)(void *)((FaultFile *)(void *)file)->real;
}

static bool strikes(OsFault kind, int code)
{
    if (!os_fault(kind))
        return false;
    errno = code;
    return true;
}

/* ---- files -------------------------------------------------------------- */

static int on_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int on_read(sqlite3_file *f, void *bytes, int len, sqlite3_int64 at)
{
    if (strikes(OS_FAULT_READ, EIO))
        return SQLITE_IOERR_READ;
    return real(f)->pMethods->xRead(real(f), bytes, len, at);
}

static int on_write(sqlite3_file *f, const void *bytes, int len, sqlite3_int64 at)
{
    if (strikes(OS_FAULT_WRITE, ENOSPC))
        return SQLITE_FULL;
    return real(f)->pMethods->xWrite(real(f), bytes, len, at);
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return real(f)->pMethods->xTruncate(real(f), size);
}

static int on_sync(sqlite3_file *f, int flags)
{
    if (strikes(OS_FAULT_FSYNC, EIO))
        return SQLITE_IOERR_FSYNC;
    return real(f)->pMethods->xSync(real(f), flags);
}

static int on_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return real(f)->pMethods->xFileSize(real(f), size);
}

static int on_lock(sqlite3_file *f, int kind)
{
    return real(f)->pMethods->xLock(real(f), kind);
}

static int on_unlock(sqlite3_file *f, int kind)
{
    return real(f)->pMethods->xUnlock(real(f), kind);
}

static int on_check_lock(sqlite3_file *f, int *out)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int on_control(sqlite3_file *f, int what, void *argument)
{
    return real(f)->pMethods->xFileControl(real(f), what, argument);
}

static int on_sector_size(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int on_device(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int on_shm_map(sqlite3_file *f, int region, int size, int extends, void volatile **out)
{
    if (strikes(OS_FAULT_MAP, ENOMEM))
        return SQLITE_IOERR_SHMMAP;
    return real(f)->pMethods->xShmMap(real(f), region, size, extends, out);
}

static int on_shm_lock(sqlite3_file *f, int at, int count, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), at, count, flags);
}

static void on_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int on_shm_unmap(sqlite3_file *f, int deletes)
{
    return real(f)->pMethods->xShmUnmap(real(f), deletes);
}

/* Version 2: what is mapped (3) would pass us by. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_check_lock,
    .xFileControl = on_control,
    .xSectorSize = on_sector_size,
    .xDeviceCharacteristics = on_device,
    .xShmMap = on_shm_map,
    .xShmLock = on_shm_lock,
    .xShmBarrier = on_shm_barrier,
    .xShmUnmap = on_shm_unmap,
};

static int on_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f, int flags, int *out)
{
    (void)vfs;
    f->pMethods = NULL;
    if (strikes(OS_FAULT_OPEN, EMFILE))
        return SQLITE_CANTOPEN;
    int rc = real_vfs->xOpen(real_vfs, name, real(f), flags, out);
    if (real(f)->pMethods)
        f->pMethods = &methods;
    return rc;
}

/* ---- memory ------------------------------------------------------------- */

static sqlite3_mem_methods real_memory;

static void *on_malloc(int size)
{
    return os_fault(OS_FAULT_ALLOC) ? NULL : real_memory.xMalloc(size);
}

static void *on_realloc(void *old, int size)
{
    return os_fault(OS_FAULT_ALLOC) ? NULL : real_memory.xRealloc(old, size);
}

static void install_memory(void)
{
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    sqlite3_mem_methods memory = real_memory;
    memory.xMalloc = on_malloc;
    memory.xRealloc = on_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
}

void db_fault_install(void)
{
    static sqlite3_vfs vfs;
    if (!os_faults_armed)
        return;
    install_memory();
    real_vfs = sqlite3_vfs_find(NULL);
    if (!real_vfs)
        return;
    vfs = *real_vfs;
    vfs.zName = "flow-fault";
    vfs.pNext = NULL;
    vfs.szOsFile = (int)sizeof(FaultFile) + real_vfs->szOsFile;
    vfs.xOpen = on_open;
    sqlite3_vfs_register(&vfs, 1);
}
