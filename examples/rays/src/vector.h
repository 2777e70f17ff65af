/* Points and directions in double precision, colours in single. */
#ifndef RAYS_VECTOR_H
#define RAYS_VECTOR_H

typedef struct {
  double x, y, z;
} Vector;

typedef struct {
  float red, green, blue;
} Colour;

static inline Vector vector(double x, double y, double z) { return (Vector){x, y, z}; }
static inline Vector sum(Vector a, Vector b) { return vector(a.x + b.x, a.y + b.y, a.z + b.z); }
static inline Vector difference(Vector a, Vector b) { return vector(a.x - b.x, a.y - b.y, a.z - b.z); }
static inline Vector scaled(Vector a, double by) { return vector(a.x * by, a.y * by, a.z * by); }
static inline double dot(Vector a, Vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static inline double root(double value) { return __builtin_sqrt(value); }
static inline Vector unit(Vector a) { return scaled(a, 1 / root(dot(a, a))); }
static inline Vector cross(Vector a, Vector b) {
  return vector(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}

static inline Colour colour(float red, float green, float blue) { return (Colour){red, green, blue}; }
static inline Colour added(Colour a, Colour b) { return colour(a.red + b.red, a.green + b.green, a.blue + b.blue); }
static inline Colour dimmed(Colour a, float by) { return colour(a.red * by, a.green * by, a.blue * by); }
static inline Colour blended(Colour a, Colour b, float share) { return added(dimmed(a, 1 - share), dimmed(b, share)); }

#endif
