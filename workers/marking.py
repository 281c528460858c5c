"""The mark that says a machine made this picture: IPTC's digital source type, as XMP inside the PNG."""

import io
from html import escape

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    Iptc4xmpExt:DigitalSourceType="{source_type}"
    xmp:CreatorTool="{tool}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def encode_marked_png(image: np.ndarray, *, model_version: str) -> bytes:
    """Encode RGB uint8 (H, W, 3) without loss: untouched pixels stay the shopper's own. Adds the mark."""
    mark = PngInfo()
    tool = escape(f"Virtual try-on, {model_version}")
    mark.add_itxt("XML:com.adobe.xmp", XMP.format(source_type=SOURCE_TYPE, tool=tool))
    buffer = io.BytesIO()
    # Level 1: four times faster than the default and hardly larger for photographs.
    Image.fromarray(image).save(buffer, format="PNG", pnginfo=mark, compress_level=1)
    return buffer.getvalue()
