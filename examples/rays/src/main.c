/* Traces a scene of four spheres into a picture on standard output: a binary portable pixmap. */
#include "scene.h"
#include "text.h"

enum { LARGEST = 4096, MOST_SAMPLES = 16, REFLECTIONS = 4 };

typedef struct {
  Vector eye, forward, right, up;
} Camera;

static Camera camera(Vector eye, Vector target, double field) {
  Vector forward = unit(difference(target, eye));
  Vector right = unit(cross(forward, vector(0, 1, 0)));
  return (Camera){eye, forward, scaled(right, field), scaled(cross(right, forward), field)};
}

/* x to the right and y upwards, from -1 to 1 along the shorter side. */
static Ray ray_through(const Camera *camera, double x, double y) {
  Vector sideways = sum(scaled(camera->right, x), scaled(camera->up, y));
  return (Ray){camera->eye, unit(sum(camera->forward, sideways))};
}

/* Light to a byte, with a gamma of 2. */
static char byte_of(float light) {
  float value = __builtin_sqrtf(light) * 255 + 0.5f;
  return (char)(value > 255 ? 255 : (int)value);
}

static Colour pixel(const Camera *camera, int x, int y, int width, int height, int samples) {
  double scale = 2.0 / (width < height ? width : height);
  Colour total = colour(0, 0, 0);
  for (int row = 0; row < samples; row++)
    for (int column = 0; column < samples; column++) {
      double right = (x + (column + 0.5) / samples - width * 0.5) * scale;
      double up = (height * 0.5 - y - (row + 0.5) / samples) * scale;
      total = added(total, traced(ray_through(camera, right, up), REFLECTIONS));
    }
  return dimmed(total, 1.0f / (float)(samples * samples));
}

static int number(int argc, char **argv, int index, int otherwise, u64 limit) {
  u64 value;
  if (index >= argc)
    return otherwise;
  if (!read_unsigned(argv[index], limit, &value) || value == 0)
    fail("rays", "expected WIDTH HEIGHT SAMPLES, up to 4096, 4096 and 16, found", argv[index]);
  return (int)value;
}

int main(int argc, char **argv) {
  int width = number(argc, argv, 1, 160, LARGEST);
  int height = number(argc, argv, 2, 120, LARGEST);
  int samples = number(argc, argv, 3, 2, MOST_SAMPLES);
  Camera from = camera(vector(-1.2, 2.2, 6.5), vector(0, 0.8, 0), 0.55);
  put_text("P6\n");
  put_unsigned((u64)width);
  put_byte(' ');
  put_unsigned((u64)height);
  put_text("\n255\n");
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      Colour seen = pixel(&from, x, y, width, height, samples);
      put_byte(byte_of(seen.red));
      put_byte(byte_of(seen.green));
      put_byte(byte_of(seen.blue));
    }
  flush_output();
  return 0;
}
