"""Pictures that the perception tests draw themselves: a shaded face that a detector takes for one, and a meme."""

from PIL import Image, ImageDraw, ImageFilter, ImageFont


def draw_face(size: int = 200) -> Image.Image:
    """A shaded frontal face of `size` x `size` pixels on grey, forehead to chin over about 80 % of its height."""
    unit = 400
    image = Image.new("RGB", (unit, unit), (120, 130, 140))
    draw = ImageDraw.Draw(image)
    skin, shade, dark = (222, 178, 150), (188, 138, 112), (60, 40, 32)
    draw.rectangle((150, 320, 250, 400), fill=shade)
    draw.ellipse((78, 15, 322, 300), fill=dark)
    for inset in range(0, 60, 4):
        share = inset / 60
        colour = tuple(round(low + (high - low) * share) for low, high in zip(shade, skin, strict=True))
        draw.ellipse((95 + inset * 0.8, 50 + inset * 0.7, 305 - inset * 0.8, 370 - inset), fill=colour)
    draw.pieslice((88, 25, 312, 190), 180, 360, fill=dark)
    image = image.filter(ImageFilter.GaussianBlur(6))
    draw = ImageDraw.Draw(image)
    for side in (-1, 1):
        eye = 200 + side * 48
        draw.ellipse((eye - 34, 160, eye + 34, 208), fill=shade)
        draw.arc((eye - 36, 138, eye + 36, 190), 200, 340, fill=dark, width=9)
        draw.ellipse((eye - 25, 172, eye + 25, 200), fill=(240, 236, 232))
        draw.ellipse((eye - 13, 172, eye + 13, 199), fill=(70, 50, 38))
        draw.ellipse((eye - 6, 178, eye + 6, 192), fill=(10, 8, 8))
        draw.arc((eye - 27, 168, eye + 27, 204), 180, 360, fill=dark, width=5)
    draw.line((190, 195, 180, 250), fill=shade, width=7)
    draw.ellipse((172, 238, 228, 270), fill=(206, 156, 130))
    draw.ellipse((180, 254, 194, 266), fill=(110, 70, 58))
    draw.ellipse((206, 254, 220, 266), fill=(110, 70, 58))
    draw.chord((148, 268, 252, 336), 10, 170, fill=(168, 70, 70))
    draw.chord((160, 282, 240, 322), 10, 170, fill=(238, 232, 226))
    return image.filter(ImageFilter.GaussianBlur(2)).resize((size, size), Image.Resampling.LANCZOS)


def draw_meme(top: str, bottom: str = "", size: tuple[int, int] = (480, 360)) -> Image.Image:
    """A meme: white capitals with a black edge over a plain picture."""
    image = Image.new("RGB", size, (70, 110, 150))
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, size[1] * 2 // 3), (size[0] // 2, size[1] // 3), (size[0], size[1] * 2 // 3)], fill=(60, 90, 70))
    font = ImageFont.load_default(size=36)
    for words, y in ((top, 36), (bottom, size[1] - 36)):
        draw.text((size[0] / 2, y), words, fill="white", font=font, anchor="mm", stroke_width=3, stroke_fill="black")
    return image
