using System.Globalization;

namespace Millrace.Checkpoints;

/// <summary>
/// Mutual exclusion between all processes that use a directory. The kernel releases the lock of a process that dies. Striped by name, so
/// that writes of different objects seldom meet.
/// </summary>
internal sealed class DirectoryLock(string path, TimeSpan timeout, TimeProvider timeProvider)
{
    private const int StripeCount = 16;
    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(16);

    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, StripeCount).Select(_ => new SemaphoreSlim(1))];

    public async Task<IDisposable> AcquireAsync(string name, CancellationToken cancellationToken)
    {
        int stripe = StripeOf(name);
        SemaphoreSlim semaphore = _stripes[stripe];
        await semaphore.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            string file = Path.Combine(path, stripe.ToString("x", CultureInfo.InvariantCulture));
            return new Holder(await LockFileAsync(file, cancellationToken).ConfigureAwait(false), semaphore);
        }
        catch
        {
            semaphore.Release();
            throw;
        }
    }

    // FNV-1a: the same in every process, unlike string.GetHashCode.
    private static int StripeOf(string name)
    {
        uint hash = 2166136261;
        foreach (char c in name)
        {
            hash = (hash ^ c) * 16777619;
        }

        return (int)(hash % StripeCount);
    }

    private async Task<FileStream> LockFileAsync(string file, CancellationToken cancellationToken)
    {
        long start = timeProvider.GetTimestamp();
        TimeSpan pause = TimeSpan.FromMilliseconds(1);
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (DirectoryNotFoundException)
            {
                throw;
            }
            catch (IOException exception) when (!IsHeld(exception))
            {
                throw new IOException(
                    $"The lock file '{file}' cannot be opened: {exception.Message} No other process holds it: make room on its file system "
                        + "and make that writable, or use another directory.",
                    exception
                );
            }
            catch (IOException exception)
            {
                if (timeProvider.GetElapsedTime(start) > timeout)
                {
                    throw new TimeoutException(
                        $"The lock file '{file}' was held by another process for {timeout}; end that process, or raise "
                            + $"{nameof(DirectoryObjectStoreOptions.LockTimeout)}.",
                        exception
                    );
                }
            }

            await Task.Delay(pause, timeProvider, cancellationToken).ConfigureAwait(false);
            pause = pause < MaxPause ? pause * 2 : MaxPause;
        }
    }

    // EWOULDBLOCK, or a sharing or lock violation; a full or read-only file system fails otherwise.
    private static bool IsHeld(IOException exception) =>
        OperatingSystem.IsWindows() ? (exception.HResult & 0xFFFF) is 32 or 33 : exception.HResult == (OperatingSystem.IsLinux() ? 11 : 35);

    private sealed class Holder(FileStream file, SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose()
        {
            file.Dispose();
            semaphore.Release();
        }
    }
}
