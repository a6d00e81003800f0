export declare const addonPath: string;
export declare const variants: Readonly<Record<'x64' | 'arm64', Readonly<Record<string, readonly string[]>>>>;
export declare function buildNative(): Promise<{
  readonly status: 'fresh' | 'built' | 'none';
  readonly message: string;
}>;
export declare function prebuiltFolder(root?: string): string;
export declare function takePrebuilt(stamp: string, folder?: string, into?: string): string | undefined;
