/* SPDX-License-Identifier: Apache-2.0 */
/* matmul.c - the product of two square matrices, by hand. */
#include "bench.h"

static void multiply(const double *a, const double *b, double *c, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < n; k++) {
            double x = a[i * n + k];
            for (int64_t j = 0; j < n; j++)
                c[i * n + j] += x * b[k * n + j];
        }
}

int main(int argc, char **argv)
{
    int64_t n = argc > 1 ? atoll(argv[1]) : 600;
    size_t bytes = (size_t)(n * n) * sizeof(double);
    double *a = need(malloc(bytes)), *b = need(malloc(bytes)), sum = 0.0;
    for (int64_t i = 0; i < n * n; i++) {
        a[i] = (double)(i % 17) * 0.25;
        b[i] = (double)(i % 13) * 0.5;
    }
    double begin = now();
    double *c = need(calloc(1, bytes));
    multiply(a, b, c, n);
    double seconds = now() - begin;
    for (int64_t i = 0; i < n * n; i++)
        sum += c[i];
    printf("%.1f %.6f\n", sum, seconds);
    free(a);
    free(b);
    free(c);
    return 0;
}
