/* SPDX-License-Identifier: Apache-2.0 */
/* spectral.c - the spectral norm of a matrix that is computed as it is read. */
#include <math.h>

#include "bench.h"

enum { SIZE = 1500 };

static double element(int64_t i, int64_t j)
{
    return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1);
}

static void times(const double *v, double *out)
{
    for (int64_t i = 0; i < SIZE; i++) {
        double sum = 0.0;
        for (int64_t j = 0; j < SIZE; j++)
            sum += element(i, j) * v[j];
        out[i] = sum;
    }
}

static void times_transposed(const double *v, double *out)
{
    for (int64_t i = 0; i < SIZE; i++) {
        double sum = 0.0;
        for (int64_t j = 0; j < SIZE; j++)
            sum += element(j, i) * v[j];
        out[i] = sum;
    }
}

int main(void)
{
    static double u[SIZE], v[SIZE], between[SIZE];
    for (int i = 0; i < SIZE; i++)
        u[i] = 1.0;
    double begin = now(), uv = 0.0, vv = 0.0;
    for (int turn = 0; turn < 10; turn++) {
        times(u, between);
        times_transposed(between, v);
        times(v, between);
        times_transposed(between, u);
    }
    for (int i = 0; i < SIZE; i++) {
        uv += u[i] * v[i];
        vv += v[i] * v[i];
    }
    double norm = sqrt(uv / vv);
    printf("%.9f %.6f\n", norm, now() - begin);
    return 0;
}
