export declare const addonPath: string;
export declare const variants: Readonly<Record<'x64' | 'arm64', Readonly<Record<string, readonly string[]>>>>;
export declare function buildNative(): Promise<{
  readonly status: 'fresh' | 'built' | 'none';
  readonly message: string;
}>;
