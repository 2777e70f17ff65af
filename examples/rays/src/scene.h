/* What there is to see, and the colour that a ray brings back. */
#ifndef RAYS_SCENE_H
#define RAYS_SCENE_H

#include "vector.h"

typedef struct {
  Vector from, direction; /* the direction's length is 1 */
} Ray;

Colour traced(Ray ray, int reflections);

#endif
