// The files of a drop or of a chooser, each with its path below the folder that was chosen.

// What operating systems leave in folders is nobody's record.
const SYSTEM_FILES = /^(\.DS_Store|\._.*|Thumbs\.db|desktop\.ini|~\$.*)$/i;

/** Whether something that is dragged holds files. */
export function holdsFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** `{files: [{file, path}], left: number of system files left out, unreadable: [path]}` of a drop. */
export async function dropped(transfer) {
  // The list is empty as soon as the event is over: every entry is taken before the first wait.
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const taken = items.map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
  const found = { files: [], left: 0, unreadable: [] };
  for (const { entry, file } of taken) {
    if (entry) await walk(entry, found);
    else if (file) add(file, file.name, found);
  }
  return found;
}

/** The same of an <input type=file>. */
export function chosen(input) {
  const found = { files: [], left: 0, unreadable: [] };
  for (const file of input.files) add(file, file.webkitRelativePath || file.name, found);
  return found;
}

async function walk(entry, found) {
  const path = entry.fullPath.replace(/^\//, "");
  try {
    if (entry.isFile) {
      add(await new Promise((resolve, reject) => entry.file(resolve, reject)), path, found);
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      // A folder is read a hundred entries at a time, until there are none.
      const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!entries.length) return;
      for (const child of entries) await walk(child, found);
    }
  } catch {
    found.unreadable.push(path);
  }
}

function add(file, path, found) {
  if (SYSTEM_FILES.test(file.name)) found.left += 1;
  else found.files.push({ file, path });
}
