import type { Box } from './format.ts';

/** A face of an upright image. */
export interface NamedFace {
  readonly boundingBox: Box;
  /** Undefined: nobody's. */
  readonly name: string | undefined;
}

/** What XML 1.0 cannot hold, not even escaped. */
const NOT_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * A sidecar that tells photo programs whose the faces of an image are: regions of the Metadata Working Group (guidelines 2.0, 5.9),
 * whose areas are told by their centres. The image beside it is upright, so its orientation is 1.
 *
 * @param width of the image in pixels, as is `height`.
 */
export function xmpOf(width: number, height: number, faces: readonly NamedFace[]): string {
  return `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
    xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
    xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
    xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
    tiff:Orientation="1">
   <mwg-rs:Regions rdf:parseType="Resource">
    <mwg-rs:AppliedToDimensions stDim:w="${width}" stDim:h="${height}" stDim:unit="pixel"/>
    <mwg-rs:RegionList>
     <rdf:Bag>
${faces.map(regionOf).join('\n')}
     </rdf:Bag>
    </mwg-rs:RegionList>
   </mwg-rs:Regions>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`;
}

function regionOf({ boundingBox: { left, top, width, height }, name }: NamedFace): string {
  const named = name === undefined ? '' : ` mwg-rs:Name="${escaped(name)}"`;
  const area = { x: left + width / 2, y: top + height / 2, w: width, h: height };
  const sides = Object.entries(area).map(([side, ratio]) => `stArea:${side}="${ratio.toFixed(7)}"`);
  return `      <rdf:li>
       <rdf:Description mwg-rs:Type="Face"${named}>
        <mwg-rs:Area ${sides.join(' ')} stArea:unit="normalized"/>
       </rdf:Description>
      </rdf:li>`;
}

const escaped = (text: string): string =>
  text.replace(NOT_XML, '\ufffd').replace(/[&<>"]/g, (character) => ESCAPES[character]!);
