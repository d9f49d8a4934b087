/** What the reader chose on this device; a browser that keeps nothing just forgets it. */
export interface Preferences {
  read(name: PreferenceName): string | undefined;
  write(name: PreferenceName, value: string | undefined): void;
}

type PreferenceName = "theme" | "language" | "loggedIn";

export function openPreferences(): Preferences {
  const storage = openStorage();
  return {
    read: (name) => storage?.getItem(`vatio.${name}`) ?? undefined,
    write: (name, value) => {
      if (value === undefined) storage?.removeItem(`vatio.${name}`);
      else storage?.setItem(`vatio.${name}`, value);
    },
  };
}

/** Reading `localStorage` throws where the reader forbids it. */
function openStorage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
