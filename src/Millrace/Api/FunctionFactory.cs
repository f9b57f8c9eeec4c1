using Millrace.UserFunctions;

namespace Millrace.Api;

/// <summary>Makes a function of its own for each task from the one, or from the factory, that the user gave.</summary>
internal static class FunctionFactory
{
    public static Func<TFunction> CopyOf<TFunction>(TFunction function)
        where TFunction : class
    {
        ArgumentNullException.ThrowIfNull(function);
        return () => FunctionCopies.Copy(function);
    }

    /// <summary>A user's factory, which must make something.</summary>
    public static Func<TFunction> Checked<TFunction>(Func<TFunction> factory)
        where TFunction : class
    {
        ArgumentNullException.ThrowIfNull(factory);
        return () =>
            factory()
            ?? throw new InvalidOperationException(
                $"A factory of {typeof(TFunction).Name.Split('`')[0]} returned null; return a new function for each task."
            );
    }

    public static string NameOf(object function) => function.GetType().Name.Split('`')[0];
}
