/* SPDX-License-Identifier: Apache-2.0 */
/* time.c - points in time: nanoseconds since 1970, shown and taken apart in UTC. */
#include "os/clock.h"

#include <time.h>

#include <flow/lib.h>

#include "value/number.h"

enum { NS_PER_SECOND = 1000000000 };

FlowStatus flow_time_parse(FlowTask *t, const FlowString *s, int64_t *out)
{
    const char *text = flow_string_bytes(s);
    switch (number_parse_time(text, flow_string_len_bytes(s), out)) {
    case NUMBER_OK: return FLOW_OK;
    case NUMBER_TOO_LARGE:
        return flow_fail(t, "the time \"%s\" lies before 1677 or after 2262, which does not fit",
                         text);
    default:
        return flow_fail(t,
                         "\"%s\" is no time: write it as 2026-11-20, 2026-11-20T21:55:01Z or "
                         "2026-11-20T21:55:01.5+01:00",
                         text);
    }
}

FlowStatus flow_time_now(FlowTask *t, int64_t *out)
{
    (void)t;
    *out = os_now_ns();
    return FLOW_OK;
}

int64_t flow_time_part(int64_t when, int64_t part)
{
    int64_t rest = when % NS_PER_SECOND;
    time_t seconds = (time_t)(when / NS_PER_SECOND - (rest < 0));
    struct tm utc;
    gmtime_r(&seconds, &utc);
    const int64_t parts[] = {
        utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
        rest < 0 ? rest + NS_PER_SECOND : rest, utc.tm_wday ? utc.tm_wday : 7,
    };
    return parts[part];
}
