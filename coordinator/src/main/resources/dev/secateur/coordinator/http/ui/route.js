// What the part of the address behind # means: a page, and how it is to be shown. Links to it can be shared.
export function route() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { path: path.split('/').map(decoded).filter(Boolean), query: new URLSearchParams(query) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A link to a page; parameters that are undefined or empty are left out. */
export function link(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== ''));
  const text = query.toString();
  return `#/${path.split('/').map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`;
}

/** This page with some parameters changed; in the place of what the address was. */
export function alter(parameters) {
  const { path, query } = route();
  history.replaceState(null, '', link(path.join('/'), { ...Object.fromEntries(query), ...parameters }));
  window.dispatchEvent(new Event('hashchange'));
}
