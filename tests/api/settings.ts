// What the runs of load and faults can be told on the command line; their tests read it from the environment.

interface Told {
  parts: string[]; // of files' names
  env: Record<string, string>;
}

const FLAGS: Record<string, string> = {
  "--rounds": "CARRACK_ROUNDS",
  "--seconds": "CARRACK_SECONDS",
  "--seed": "CARRACK_SEED",
};

// Ends the process when it is asked for help, or told what it does not know.
export function read_settings(args: string[], usage: string): Told {
  const told: Told = { parts: [], env: {} };
  const complain = (what: string) => {
    console.error(`${what}\n\n${usage}`);
    process.exit(2);
  };
  for (let i = 0; i < args.length; ++i) {
    const [flag = "", glued] = (args[i] ?? "").split("=", 2);
    const name = FLAGS[flag];
    if (flag === "--help" || flag === "-h") {
      console.log(usage);
      process.exit(0);
    } else if (name) {
      const value = glued ?? args[++i] ?? "";
      if (!/^[1-9]\d{0,9}$/.test(value)) complain(`${flag} needs a whole number above 0, not "${value}".`);
      told.env[name] = value;
    } else if (flag.startsWith("-")) complain(`There is no flag ${flag}.`);
    else told.parts.push(flag);
  }
  return told;
}
