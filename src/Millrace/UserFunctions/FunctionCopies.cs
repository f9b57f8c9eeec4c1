using System.Reflection;
using Millrace.Copying;

namespace Millrace.UserFunctions;

/// <summary>
/// A function object for each task, as Flink makes by serializing it: a shallow copy whose arrays, plain collections and plain data are
/// copies too. What else its fields refer to (services, loggers, locks, delegates, collections for many threads) is shared.
/// </summary>
internal static class FunctionCopies
{
    /// <summary>A copy for one task.</summary>
    public static TFunction Copy<TFunction>(TFunction function)
        where TFunction : class
    {
        object copy = CloningPlan.Clone(function);
        ObjectCopier copier = new();
        foreach (FieldInfo field in OwnFields(function))
        {
            if (field.GetValue(copy) is { } value)
            {
                field.SetValue(copy, copier.CopyObject(value));
            }
        }

        return (TFunction)copy;
    }

    /// <summary>The function itself where its tasks share nothing that could be changed, else copies.</summary>
    public static Func<TFunction> PerTask<TFunction>(TFunction function)
        where TFunction : class => UserFields(function).Any(field => IsState(field, function)) ? () => Copy(function) : () => function;

    /// <summary>Adds the objects of a function that its tasks would share though they hold state of their own.</summary>
    /// <param name="function">The function.</param>
    /// <param name="user">What it belongs to, for messages.</param>
    /// <param name="tasks">How many tasks use it.</param>
    /// <param name="errors">Receives a message per field.</param>
    public static void FindShared(object function, string user, int tasks, ICollection<string> errors)
    {
        foreach (FieldInfo field in OwnFields(function))
        {
            if (field.GetValue(function) is { } value && IsUnguarded(value.GetType(), function.GetType()))
            {
                string name = field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;
                errors.Add(
                    $"{user}: function {function.GetType().Name} keeps a {value.GetType().Name} in '{name}', which can be changed but not "
                        + $"copied, so its {tasks} tasks would share it. "
                        + "Make it in Open, or give a factory, which is called once per task: () => new ...; use a lock in it, or a "
                        + "collection of System.Collections.Concurrent, if it is to be shared."
                );
            }
        }
    }

    /// <summary>The fields that a user's classes declare.</summary>
    private static IEnumerable<FieldInfo> UserFields(object function) =>
        Mutability.FieldsOf(function.GetType()).Where(field => field.DeclaringType!.Assembly != typeof(FunctionCopies).Assembly);

    /// <summary>Those that may refer to something that can be changed.</summary>
    private static IEnumerable<FieldInfo> OwnFields(object function) =>
        UserFields(function).Where(field => !Mutability.IsImmutable(field.FieldType));

    private static bool IsState(FieldInfo field, object function) =>
        !field.IsInitOnly || (field.GetValue(function) is { } value && ObjectCopier.CanCopy(value.GetType()));

    /// <summary>
    /// Whether a class of the user's own has state that it does not guard: a field that can be written or a plain collection, and no lock.
    /// </summary>
    private static bool IsUnguarded(Type type, Type function)
    {
        if (type == typeof(Random))
        {
            return true;
        }

        if (
            type.Assembly != function.Assembly
            || type.IsValueType
            || typeof(Delegate).IsAssignableFrom(type)
            || ObjectCopier.CanCopy(type)
            || Mutability.IsImmutable(type)
        )
        {
            return false;
        }

        FieldInfo[] fields = [.. Mutability.FieldsOf(type)];
        return !Array.Exists(
                fields,
                field =>
                    field.FieldType == typeof(object)
                    || field.FieldType == typeof(Lock)
                    || field.FieldType == typeof(SemaphoreSlim)
                    || field.FieldType == typeof(ReaderWriterLockSlim)
            )
            && Array.Exists(
                fields,
                field => CollectionPlans.IsMutable(field.FieldType) || (!field.IsInitOnly && Mutability.IsImmutable(field.FieldType))
            );
    }
}
