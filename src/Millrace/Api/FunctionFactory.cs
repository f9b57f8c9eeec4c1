using Millrace.Processing;

namespace Millrace.Api;

/// <summary>Makes a function of its own for each task from the one that the user gave.</summary>
internal static class FunctionFactory
{
    public static Func<TFunction> CopyOf<TFunction>(TFunction function)
        where TFunction : RichFunction
    {
        ArgumentNullException.ThrowIfNull(function);
        return () => (TFunction)function.Copy();
    }

    public static string NameOf(object function) => function.GetType().Name.Split('`')[0];
}
