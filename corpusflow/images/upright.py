"""An opened picture as a viewer would show it: upright, on white, in sRGB, and no larger than wanted."""

from __future__ import annotations

from PIL import Image

from corpusflow.images.colour_profile import in_srgb

# How an image with this EXIF orientation is turned upright; 1 is upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LYING = (5, 6, 7, 8)  # orientations that swap width and height

# An image is first shrunk by whole factors to no less than this many times its final size, then resampled well.
_SHRINK_GAP = 1.5
_BAND_PIXELS = 1 << 20  # converted and shrunk at once, so that no second full-size copy stands in memory


def scaled_size(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    """The size at which no side is over `max_side`, none under 1; never larger than it was."""
    width, height = size
    scale = min(1.0, max_side / max(size))
    return max(1, round(width * scale)), max(1, round(height * scale))


def upright_rgb(
    image: Image.Image, full_size: tuple[int, int], extent: tuple[float, float], turn: int, max_side: int
) -> Image.Image:
    """RGB without metadata.

    image: loaded, perhaps at a reduced scale; not in modes I and F, whose white is unknown. full_size: its size at
    full scale, before it is turned. extent: how much of what was loaded the picture takes; at a reduced scale the last
    column and row may be less than a pixel wide. turn: EXIF orientation.
    """
    profile = image.info.get("icc_profile")
    size = scaled_size(full_size, max_side)
    factor = max(1, int(max(image.size) / (_SHRINK_GAP * max(size))))
    flat = _shrunk(image, factor)
    if flat.size != size:
        # Lanczos takes a third longer, for what nobody sees (over 42 dB between the two).
        flat = flat.resize(size, Image.Resampling.BICUBIC, (0, 0, extent[0] / factor, extent[1] / factor))
    rgb = in_srgb(flat, profile)
    turned = rgb.transpose(_TURNS[turn]) if turn in _TURNS else rgb
    turned.info = {}  # comments and the like would be written with the pixels
    return turned


def _shrunk(image: Image.Image, factor: int) -> Image.Image:
    """RGB, L or CMYK, divided by a whole factor."""
    if image.mode in ("RGB", "L", "CMYK") and not image.has_transparency_data:
        return image.reduce(factor) if factor > 1 else image
    width, height = image.size
    rows = max(1, _BAND_PIXELS // (width * factor)) * factor
    if factor == 1 and rows >= height:
        return _flat(image)
    shrunk: Image.Image | None = None
    for top in range(0, height, rows):
        band = _flat(image.crop((0, top, width, min(top + rows, height))))
        if shrunk is None:
            shrunk = Image.new(band.mode, (-(-width // factor), -(-height // factor)))
        shrunk.paste(band.reduce(factor) if factor > 1 else band, (0, top // factor))
    return image if shrunk is None else shrunk


def _flat(image: Image.Image) -> Image.Image:
    """RGB or L of any mode, transparency on white."""
    if image.mode.startswith("I;16"):
        # Pillow would cut 16 bits at 255 and give white.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        flat = Image.new("RGB", rgba.size, "white")
        flat.paste(rgba, mask=rgba.getchannel("A"))
        return flat
    return image.convert("L" if image.mode == "1" else "RGB")
