/** The drawings an alert can come with. */
import type { Picture } from "../../protocol/overlay";

const PATHS: Readonly<Record<Exclude<Picture, "none">, string>> = {
  note: "M25 46V14l25-6v32M25 46a8 6.500 0 11-16 0 8 6.500 0 0116 0zM50 40a8 6.500 0 11-16 0 8 6.500 0 0116 0zM25 24l25-6",
  heart: "M32 55S8 41 8 24a12.500 12.500 0 0124-5 12.500 12.500 0 0124 5c0 17-24 31-24 31z",
  star: "M32 6l7.600 16.800 18.400 2.100-13.700 12.400L48 55.500 32 46.300 16 55.500l3.700-18.200L6 24.900l18.400-2.100z",
};

export function AlertPicture({ picture }: { picture: Picture }) {
  if (picture === "none") return null;
  return (
    <svg className="alert-picture" viewBox="0 0 64 64" aria-hidden="true" focusable="false" data-picture={picture}>
      <path d={PATHS[picture]} />
    </svg>
  );
}
