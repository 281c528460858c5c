"""A z-buffer rasteriser for triangle meshes that interpolates any number of values per vertex."""

import numba
import numpy as np

FAR = np.float32(1e9)


@numba.njit(cache=True, fastmath=True)
def rasterise(
    points: np.ndarray,
    depth: np.ndarray,
    faces: np.ndarray,
    values: np.ndarray,
    keeps: int,
    out: np.ndarray,
    zbuffer: np.ndarray,
) -> None:
    """Draw `faces` (F, 3), vertices `points` (V, 2) px and `depth` (V,) into `out` (H, W, K): nearest wins.

    A pixel is drawn only where the interpolated first `keeps` columns of `values` (V, K) are all positive, so
    cut edges run smoothly through faces. `zbuffer` (H, W) holds depths so far. Pixel centres lie on whole
    numbers. All arrays are float32, `faces` int64.
    """
    height, width = zbuffer.shape
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        x0, y0, x1, y1, x2, y2 = (
            points[a, 0],
            points[a, 1],
            points[b, 0],
            points[b, 1],
            points[c, 0],
            points[c, 1],
        )
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left, right = max(0, int(np.ceil(min(x0, x1, x2)))), min(width - 1, int(np.floor(max(x0, x1, x2))))
        top, bottom = max(0, int(np.ceil(min(y0, y1, y2)))), min(height - 1, int(np.floor(max(y0, y1, y2))))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                w1 = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
                w2 = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
                w0 = 1 - w1 - w2
                if w0 < -1e-5 or w1 < -1e-5 or w2 < -1e-5:
                    continue
                z = w0 * depth[a] + w1 * depth[b] + w2 * depth[c]
                if z >= zbuffer[y, x]:
                    continue
                kept = True
                for k in range(keeps):
                    if w0 * values[a, k] + w1 * values[b, k] + w2 * values[c, k] <= 0:
                        kept = False
                        break
                if kept:
                    zbuffer[y, x] = z
                    for k in range(values.shape[1]):
                        out[y, x, k] = w0 * values[a, k] + w1 * values[b, k] + w2 * values[c, k]
