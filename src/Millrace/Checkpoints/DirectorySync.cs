using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Millrace.Checkpoints;

/// <summary>
/// Makes the entries of a directory durable: on Unix a rename is on the disk only once its directory has been flushed. Windows needs and
/// has no such call.
/// </summary>
internal static partial class DirectorySync
{
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Open(directory, flags: 0);
        if (descriptor < 0)
        {
            throw Failed(directory, "opened");
        }

        try
        {
            if (Fsync(descriptor) != 0)
            {
                throw Failed(directory, "flushed");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failed(string directory, string what)
    {
        Win32Exception inner = new(Marshal.GetLastPInvokeError());
        return new IOException(
            $"Directory '{directory}' cannot be {what}: {inner.Message}; writes to it may not survive a crash of the machine.",
            inner
        );
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
