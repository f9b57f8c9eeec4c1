using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>
/// Finds the native librdkafka once and gives the same copy to this assembly and to Confluent.Kafka, so that a process never runs two of
/// them. Order: the file named by the environment variable <c>LIBRDKAFKA_PATH</c>; the packaged builds (the default one needs libsasl2, the
/// <c>centos8</c> one needs nothing but glibc, the <c>alpine</c> one musl); the system's <c>librdkafka.so.1</c>.
/// </summary>
internal static class LibrdkafkaLoader
{
    internal const string LibraryName = "librdkafka";
    internal const string PathVariable = "LIBRDKAFKA_PATH";

    private static readonly string[] Candidates =
    [
        LibraryName,
        "centos8-librdkafka",
        "alpine-librdkafka",
        "librdkafka.so.1",
        "librdkafka.1.dylib",
    ];

    private static readonly Lazy<nint> Library = new(Load, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>Sets the resolver; called by the module initializer, and harmless when called again.</summary>
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Usage",
        "CA2255",
        Justification = "The resolver has to stand before the first native call, whoever makes it."
    )]
    internal static void Install()
    {
        SetResolver(typeof(LibrdkafkaLoader).Assembly);
        SetResolver(typeof(Confluent.Kafka.Library).Assembly);
    }

    /// <summary>The library that all calls go to.</summary>
    /// <exception cref="DllNotFoundException">No candidate could be loaded; the message lists each with its reason.</exception>
    internal static nint Handle => Library.Value;

    private static void SetResolver(Assembly assembly)
    {
        try
        {
            NativeLibrary.SetDllImportResolver(assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // The application has set its own resolver for Confluent.Kafka; that is its right.
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name.Contains(LibraryName, StringComparison.Ordinal) ? Library.Value : 0;

    private static nint Load()
    {
        List<string> failures = [];
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } file)
        {
            // A path that was asked for and does not load is an error: a silent fallback would run another version than the one chosen.
            if (TryLoad(file, out nint chosen, failures))
            {
                return chosen;
            }

            throw new DllNotFoundException(
                $"librdkafka: {PathVariable} names '{file}', which does not load ({failures[0]}). Correct the path or unset it."
            );
        }

        foreach (string candidate in Candidates)
        {
            if (TryLoad(candidate, out nint library, failures))
            {
                return library;
            }
        }

        throw new DllNotFoundException(
            "librdkafka: no native library could be loaded. Restore the package librdkafka.redist, install the system package "
                + $"(Debian: apt-get install librdkafka1), or set {PathVariable} to the file. Tried:{Environment.NewLine}  "
                + string.Join(Environment.NewLine + "  ", failures)
        );
    }

    private static bool TryLoad(string name, out nint library, List<string> failures)
    {
        try
        {
            library = Path.IsPathRooted(name)
                ? NativeLibrary.Load(name)
                : NativeLibrary.Load(name, typeof(LibrdkafkaLoader).Assembly, searchPath: null);
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            failures.Add($"{name}: {FirstLine(e.Message)}");
            library = 0;
            return false;
        }
    }

    private static string FirstLine(string message) => message.Split('\n', 2)[0].TrimEnd();
}
