#include "scene.h"

typedef struct {
  Colour colour;
  float mirror; /* share of the light that is reflected as by a mirror */
  int gloss;    /* the highlight's exponent is 2 to this */
} Surface;

typedef struct {
  Vector centre;
  double radius;
  Surface surface;
} Sphere;

typedef struct {
  double distance;
  Vector point, normal;
  Surface surface;
} Hit;

static const Sphere spheres[] = {
    {{0, 1, 0}, 1, {{0.9f, 0.2f, 0.15f}, 0.25f, 6}},
    {{-2.1, 0.7, 0.6}, 0.7, {{0.2f, 0.5f, 0.9f}, 0.15f, 5}},
    {{1.7, 0.55, 1.2}, 0.55, {{0.95f, 0.8f, 0.25f}, 0.1f, 4}},
    {{2.3, 1.3, -2.2}, 1.3, {{0.9f, 0.9f, 0.9f}, 0.8f, 8}},
};
enum { SPHERES = sizeof spheres / sizeof spheres[0] };

static const Vector light = {-4, 6, 5};
static const double NEAR = 1e-6, FAR = 1e30;

/* Where the ray meets the sphere first, or FAR. */
static double distance_to_sphere(Ray ray, const Sphere *sphere) {
  Vector away = difference(ray.from, sphere->centre);
  double middle = -dot(away, ray.direction);
  double square = middle * middle - dot(away, away) + sphere->radius * sphere->radius;
  if (square < 0)
    return FAR;
  double half = root(square);
  return middle - half > NEAR ? middle - half : middle + half > NEAR ? middle + half : FAR;
}

/* The largest whole number that is not above it. */
static int floor_of(double value) {
  int whole = (int)value;
  return whole > value ? whole - 1 : whole;
}

static int meets_floor(Ray ray, Hit *hit) {
  if (ray.direction.y > -NEAR)
    return 0;
  double distance = -ray.from.y / ray.direction.y;
  if (distance < NEAR || distance >= hit->distance)
    return 0;
  hit->distance = distance;
  hit->point = sum(ray.from, scaled(ray.direction, distance));
  hit->normal = vector(0, 1, 0);
  int is_dark = (floor_of(hit->point.x) + floor_of(hit->point.z)) & 1;
  hit->surface = (Surface){is_dark ? colour(0.15f, 0.17f, 0.2f) : colour(0.85f, 0.85f, 0.8f), 0.2f, 3};
  return 1;
}

static int meets_sphere(Ray ray, Hit *hit) {
  const Sphere *nearest = 0;
  for (int i = 0; i < SPHERES; i++) {
    double distance = distance_to_sphere(ray, &spheres[i]);
    if (distance < hit->distance) {
      hit->distance = distance;
      nearest = &spheres[i];
    }
  }
  if (!nearest)
    return 0;
  hit->point = sum(ray.from, scaled(ray.direction, hit->distance));
  hit->normal = scaled(difference(hit->point, nearest->centre), 1 / nearest->radius);
  hit->surface = nearest->surface;
  return 1;
}

static int is_in_shadow(Vector point, Vector direction, double distance) {
  Ray ray = {point, direction};
  for (int i = 0; i < SPHERES; i++)
    if (distance_to_sphere(ray, &spheres[i]) < distance)
      return 1;
  return 0;
}

static Colour sky(Vector direction) {
  float height = (float)direction.y;
  return blended(colour(0.95f, 0.93f, 0.9f), colour(0.35f, 0.55f, 0.9f), height < 0 ? 0 : height);
}

static Vector reflected(Vector direction, Vector normal) {
  return difference(direction, scaled(normal, 2 * dot(direction, normal)));
}

static Colour lit(Ray ray, const Hit *hit) {
  Vector to_light = difference(light, hit->point);
  double distance = root(dot(to_light, to_light));
  Vector direction = scaled(to_light, 1 / distance);
  Colour ambient = dimmed(hit->surface.colour, 0.15f);
  double facing = dot(direction, hit->normal);
  if (facing <= 0 || is_in_shadow(hit->point, direction, distance))
    return ambient;
  double highlight = dot(reflected(ray.direction, hit->normal), direction);
  if (highlight < 0)
    highlight = 0;
  for (int i = 0; i < hit->surface.gloss; i++)
    highlight *= highlight;
  Colour shine = dimmed(colour(1, 1, 1), (float)highlight * 0.6f);
  return added(added(ambient, dimmed(hit->surface.colour, (float)facing * 0.85f)), shine);
}

Colour traced(Ray ray, int reflections) {
  Hit hit = {.distance = FAR};
  int is_sphere = meets_sphere(ray, &hit);
  if (!meets_floor(ray, &hit) && !is_sphere)
    return sky(ray.direction);
  Colour own = lit(ray, &hit);
  if (reflections == 0)
    return own;
  Ray mirrored = {hit.point, reflected(ray.direction, hit.normal)};
  Colour seen = blended(own, traced(mirrored, reflections - 1), hit.surface.mirror);
  float haze = (float)(hit.distance / (hit.distance + 60));
  return blended(seen, sky(ray.direction), haze);
}
