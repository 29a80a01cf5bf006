/**
 * Progress of long work, stage by stage: a live list with elapsed times on a terminal, plain lines
 * elsewhere, nothing with --quiet. Listr2 draws; the lab only says what it does.
 */

import { Listr, PRESET_TIMER } from "listr2";

export interface Progress {
  /** Runs one stage under its title; `say` adds a line to it. A failure is shown and passed on. */
  stage<T>(title: string, work: (say: (line: string) => void) => Promise<T>): Promise<T>;
}

export const silentProgress: Progress = {
  stage: (_title, work) => work(() => undefined),
};

/** Live where the stream is a terminal, else one line as each thing happens. */
export function listProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY === true ? liveProgress() : lineProgress(stream);
}

function liveProgress(): Progress {
  return {
    stage: async (title, work) => {
      const box: { value?: Awaited<ReturnType<typeof work>> } = {};
      const list = new Listr(
        [
          {
            title,
            task: async (_context, task) => {
              box.value = await work((line) => {
                task.output = line;
              });
            },
            rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
          },
        ],
        {
          rendererOptions: { timer: PRESET_TIMER, collapseErrors: false, showErrorMessage: false },
        },
      );
      await list.run();
      return box.value as Awaited<ReturnType<typeof work>>;
    },
  };
}

function lineProgress(stream: NodeJS.WritableStream): Progress {
  return {
    stage: async (title, work) => {
      const started = performance.now();
      const seconds = (): string => ((performance.now() - started) / 1000).toFixed(1);
      stream.write(`- ${title}\n`);
      const value = await work((line) => stream.write(`    ${seconds()} s  ${line}\n`));
      stream.write(`  done in ${seconds()} s\n`);
      return value;
    },
  };
}
