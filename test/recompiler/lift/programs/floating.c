/* Built with -fno-math-errno, so that roots are instructions. */
#include "start.h"

static void put_double(double value) {
  union {
    double number;
    u64 bits;
  } pattern = {value};
  put((u32)(pattern.bits >> 32));
  put((u32)pattern.bits);
}

static void put_single(float value) {
  union {
    float number;
    u32 bits;
  } pattern = {value};
  put(pattern.bits);
}

static volatile double doubles[] = {0.0, -0.0, 1.0, -1.5, 0.1, 3.0e300, 1e-310, -2.5, 2147483647.5, -2147483649.0, 0x1p62, 1.0 / 3, 0x1.fffffep+127};
#define COUNT ((int)(sizeof doubles / sizeof *doubles))

/* A callee that keeps registers, one that is called by a pointer, one that takes both formats. */
static __attribute__((noinline)) double polynomial(double x, int degree) {
  return degree == 0 ? x : polynomial(x, degree - 1) * x + 1.0 / degree;
}
static __attribute__((noinline)) float mixed(float a, double b, int c, float d) { return a * (float)b + (float)c - d; }
static __attribute__((noinline)) double larger(double a, double b) { return a > b ? a : b; }
static __attribute__((noinline)) double smaller(double a, double b) { return a < b ? a : b; }

static __attribute__((noinline)) double sum(int count, ...) {
  __builtin_va_list list;
  double total = 0;
  __builtin_va_start(list, count);
  while (count--) total += __builtin_va_arg(list, double);
  __builtin_va_end(list);
  return total;
}

/* MIPS I has no instruction for it. */
static double root(double x) {
#if __mips >= 2
  return __builtin_sqrt(x);
#else
  double guess = x;
  for (int i = 0; i < 30; i++) guess = (guess + x / guess) / 2;
  return guess;
#endif
}

struct body {
  double place[3], speed[3];
  float mass;
};

static void fall(struct body *bodies, int count, double step) {
  for (int i = 0; i < count; i++)
    for (int j = 0; j < count; j++) {
      if (i == j) continue;
      double distance = 0.01, apart[3];
      for (int k = 0; k < 3; k++) apart[k] = bodies[j].place[k] - bodies[i].place[k], distance += apart[k] * apart[k];
      double pull = step * bodies[j].mass / (distance * root(distance));
      for (int k = 0; k < 3; k++) bodies[i].speed[k] += apart[k] * pull;
    }
  for (int i = 0; i < count; i++)
    for (int k = 0; k < 3; k++) bodies[i].place[k] += step * bodies[i].speed[k];
}

static u32 escape(float re, float im) {
  float x = 0, y = 0;
  u32 turns = 0;
  while (turns < 200 && x * x + y * y < 4.0f) {
    float next = x * x - y * y + re;
    y = 2 * x * y + im, x = next, turns++;
  }
  return turns;
}

static void run(void) {
  double (*const choose[])(double, double) = {larger, smaller};
  for (int i = 0; i < COUNT; i++) {
    double a = doubles[i];
    put_single((float)a), put((u32)(int)(a < 2e9 && a > -2e9 ? a : 0));
    for (int j = 0; j < COUNT; j++) {
      double b = doubles[j];
      put_double(a + b), put_double(a - b), put_double(a * b), put_double(b != 0 ? a / b : -a);
      put_single((float)a * (float)b), put_single((float)a - (float)b);
      put((u32)((a < b) + 2 * (a <= b) + 4 * (a == b) + 8 * !(a > b) + 16 * ((float)a < (float)b)));
      put_double(choose[j & 1](a, b));
    }
  }
  double nan = doubles[0] / doubles[1];
  put((u32)((nan == nan) + 2 * (nan < 1) + 4 * !(nan >= 1) + 8 * (nan != nan))), put_double(nan * 2);
  put_double(polynomial(0.7, 20)), put_single(mixed(1.5f, 2.25, -3, 0.125f)), put_double(sum(4, 1.0, 0.5, -0.25, 1e10));
  for (int i = -3; i < 4; i++) put_double((double)i / 2), put_single((float)(u32)i), put((u32)(int)(i * 0.75f));
  struct body bodies[3] = {{{0, 0, 0}, {0, 0, 0}, 10}, {{1, 0, 0}, {0, 3, 0}, 0.5f}, {{0, 2, 0.5}, {-2, 0, 0.1}, 0.25f}};
  for (int step = 0; step < 200; step++) fall(bodies, 3, 0.001);
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++) put_double(bodies[i].place[k]);
  u32 turns = 0;
  for (int y = -20; y < 20; y++)
    for (int x = -30; x < 12; x++) turns = turns * 31 + escape(x / 16.0f, y / 16.0f);
  put(turns);
}
