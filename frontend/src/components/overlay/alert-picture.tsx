/** The drawings an alert can come with. */
import type { Picture } from "../../protocol/overlay";

const PATHS: Readonly<Record<Exclude<Picture, "none">, string>> = {
  note: "M24 48a7 5.500 0 11-14 0 7 5.500 0 0114 0zM52 42a7 5.500 0 11-14 0 7 5.500 0 0114 0z",
  heart: "M32 55S8 41 8 24a12.500 12.500 0 0124-5 12.500 12.500 0 0124 5c0 17-24 31-24 31z",
  star: "M32 6l7.600 16.800 18.400 2.100-13.700 12.400L48 55.500 32 46.300 16 55.500l3.700-18.200L6 24.900l18.400-2.100z",
};

export function AlertPicture({ picture }: { picture: Picture }) {
  if (picture === "none") return null;
  return (
    <svg className="alert-picture" viewBox="0 0 64 64" aria-hidden="true" focusable="false" data-picture={picture}>
      <path d={PATHS[picture]} />
      {picture === "note" && <path className="alert-line" d="M24 48V16l28-7v33M24 25l28-7" />}
    </svg>
  );
}
