/* SPDX-License-Identifier: Apache-2.0 */
/* nbody.c - five bodies around one another, two million steps. */
#include <math.h>

#include "bench.h"

enum { BODIES = 5, STEPS = 2000000 };

typedef struct Body {
    double x, y, z, vx, vy, vz, mass;
} Body;

static const double pi = 3.141592653589793, year = 365.24;

/* What is changed for each other body stays in registers until the last one. */
static void advance(Body *bodies, double dt)
{
    for (int i = 0; i < BODIES; i++) {
        Body a = bodies[i];
        for (int j = i + 1; j < BODIES; j++) {
            Body *b = &bodies[j];
            double dx = a.x - b->x, dy = a.y - b->y, dz = a.z - b->z;
            double square = dx * dx + dy * dy + dz * dz;
            double pull = dt / (square * sqrt(square));
            a.vx -= dx * b->mass * pull;
            a.vy -= dy * b->mass * pull;
            a.vz -= dz * b->mass * pull;
            b->vx += dx * a.mass * pull;
            b->vy += dy * a.mass * pull;
            b->vz += dz * a.mass * pull;
        }
        bodies[i] = a;
    }
    for (int i = 0; i < BODIES; i++) {
        Body *a = &bodies[i];
        a->x += dt * a->vx;
        a->y += dt * a->vy;
        a->z += dt * a->vz;
    }
}

static double energy(const Body *bodies)
{
    double e = 0.0;
    for (int i = 0; i < BODIES; i++) {
        const Body *a = &bodies[i];
        e += 0.5 * a->mass * (a->vx * a->vx + a->vy * a->vy + a->vz * a->vz);
        for (int j = i + 1; j < BODIES; j++) {
            const Body *b = &bodies[j];
            double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
            e -= a->mass * b->mass / sqrt(dx * dx + dy * dy + dz * dz);
        }
    }
    return e;
}

static void settle(Body *bodies)
{
    double px = 0.0, py = 0.0, pz = 0.0, sun = 4.0 * pi * pi;
    for (int i = 0; i < BODIES; i++) {
        px += bodies[i].vx * bodies[i].mass;
        py += bodies[i].vy * bodies[i].mass;
        pz += bodies[i].vz * bodies[i].mass;
    }
    bodies[0].vx = -px / sun;
    bodies[0].vy = -py / sun;
    bodies[0].vz = -pz / sun;
}

int main(void)
{
    const double sun = 4.0 * pi * pi;
    Body bodies[BODIES] = {
        {0.0, 0.0, 0.0, 0.0, 0.0, 0.0, sun},
        {4.84143144246472090, -1.16032004402742839, -0.103622044471123109,
         0.00166007664274403694 * year, 0.00769901118419740425 * year,
         -0.0000690460016972063023 * year, 0.000954791938424326609 * sun},
        {8.34336671824457987, 4.12479856412430479, -0.403523417114321381,
         -0.00276742510726411 * year, 0.00499852801234917238 * year,
         0.0000230417297573763929 * year, 0.000285885980666130812 * sun},
        {12.8943695621391310, -15.1111514016986312, -0.223307578892655734,
         0.00296460137564761618 * year, 0.00237847173959480950 * year,
         -0.0000296589568540237556 * year, 0.0000436624404335156298 * sun},
        {15.3796971148509165, -25.9193146099879641, 0.179258772950371181,
         0.00268067772490389322 * year, 0.00162824170038242295 * year,
         -0.0000951592254519715870 * year, 0.0000515138902046611451 * sun},
    };
    settle(bodies);
    double begin = now();
    for (int step = 0; step < STEPS; step++)
        advance(bodies, 0.01);
    double seconds = now() - begin;
    printf("%.9f %.6f\n", energy(bodies), seconds);
    return 0;
}
