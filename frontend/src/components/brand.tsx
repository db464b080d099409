/** The mark and the name. */
export function Brand() {
  return (
    <span className="brand">
      <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
        <path className="brand-posts" d="M8.5 5.5v21M23.5 5.5v21" />
        <path className="brand-wave" d="M8.5 16c2.2-6 4.8-6 7.5 0s5.3 6 7.5 0" />
      </svg>
      <span className="brand-name">Harmonie</span>
    </span>
  );
}
