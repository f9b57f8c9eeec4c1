using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;

namespace Millrace.Copying;

/// <summary>How objects of one actual type are copied.</summary>
internal abstract class CopyPlan
{
    private static readonly ConcurrentDictionary<Type, CopyPlan> Plans = new();

    public abstract object Copy(object value, ObjectCopier copier);

    public static CopyPlan Of(Type type) => Plans.TryGetValue(type, out CopyPlan? plan) ? plan : Plans.GetOrAdd(type, Choose);

    private static CopyPlan Choose(Type type)
    {
        if (Mutability.IsImmutable(type))
        {
            return SharingPlan.Instance;
        }

        if (type.IsValueType)
        {
            return Make(typeof(BoxPlan<>), type);
        }

        if (type.IsArray)
        {
            return type.IsSZArray ? Make(typeof(ArrayPlan<>), type.GetElementType()!)
                : Mutability.IsImmutable(type.GetElementType()!) ? CloningPlan.Instance
                : SharingPlan.Instance;
        }

        if (CollectionPlans.Of(type) is { } collection)
        {
            return collection;
        }

        if (typeof(JsonNode).IsAssignableFrom(type))
        {
            return new DelegatePlan(value => ((JsonNode)value).DeepClone());
        }

        if (type == typeof(StringBuilder))
        {
            return new DelegatePlan(value => new StringBuilder().Append((StringBuilder)value));
        }

        if (type == typeof(BitArray))
        {
            return CloningPlan.Instance;
        }

        if (
            type.GetInterfaces()
                .FirstOrDefault(each => each.IsGenericType && each.Name == "IDeepCloneable`1" && each.GetGenericArguments()[0] == type)
                ?.GetMethod("Clone") is
            { } clone
        )
        {
            return new DelegatePlan(value => clone.Invoke(value, null)!);
        }

        return IsPlainData(type, []) ? new PlainDataPlan(type) : SharingPlan.Instance;
    }

    /// <summary>
    /// Whether a class has nothing but values, plain collections and plain data: no service, no lock, nothing of .NET whose inside is not
    /// known.
    /// </summary>
    private static bool IsPlainData(Type type, HashSet<Type> underWay)
    {
        if (Mutability.IsImmutable(type) || !underWay.Add(type))
        {
            return true;
        }

        if (type.IsArray)
        {
            return IsPlainData(type.GetElementType()!, underWay);
        }

        if (CollectionPlans.IsPlain(type))
        {
            return type.GetGenericArguments().All(argument => IsPlainData(argument, underWay));
        }

        if (typeof(JsonNode).IsAssignableFrom(type) || type == typeof(StringBuilder) || type == typeof(BitArray))
        {
            return true;
        }

        bool isKnown =
            type.IsValueType
            || (
                type.IsClass
                && type != typeof(object)
                && !Mutability.IsFramework(type)
                && !typeof(IDisposable).IsAssignableFrom(type)
                && !typeof(IAsyncDisposable).IsAssignableFrom(type)
            );
        return isKnown && Mutability.FieldsOf(type).All(field => IsPlainData(field.FieldType, underWay));
    }

    public static CopyPlan Make(Type definition, params Type[] arguments) =>
        (CopyPlan)Activator.CreateInstance(definition.MakeGenericType(arguments))!;
}

/// <summary>Copies structs that travel as objects.</summary>
internal sealed class BoxPlan<T> : CopyPlan
    where T : struct
{
    public override object Copy(object value, ObjectCopier copier) => copier.Copy((T)value);
}

/// <summary>A copy made by a function.</summary>
internal sealed class DelegatePlan(Func<object, object> copy) : CopyPlan
{
    public override object Copy(object value, ObjectCopier copier) => copy(value);
}

/// <summary>Copies arrays of one dimension.</summary>
internal sealed class ArrayPlan<T> : CopyPlan
{
    public override object Copy(object value, ObjectCopier copier)
    {
        T[] copy = (T[])((T[])value).Clone();
        if (!TypedCopy<T>.IsShared)
        {
            copier.Enter(value, copy);
            try
            {
                for (int i = 0; i < copy.Length; i++)
                {
                    copy[i] = copier.Copy(copy[i]);
                }
            }
            finally
            {
                copier.Leave();
            }
        }

        return copy;
    }
}

/// <summary>Copies objects whose parts are immutable.</summary>
internal sealed class CloningPlan : CopyPlan
{
    public static readonly CloningPlan Instance = new();

    /// <summary>A shallow copy of any object.</summary>
    public static readonly Func<object, object> Clone = typeof(object)
        .GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!
        .CreateDelegate<Func<object, object>>();

    public override object Copy(object value, ObjectCopier copier) => value is ICloneable cloneable ? cloneable.Clone() : Clone(value);
}

/// <summary>Copies a class of plain data and all it refers to.</summary>
internal sealed class PlainDataPlan : CopyPlan
{
    private readonly Action<object, ObjectCopier>? _fields;

    public PlainDataPlan(Type type) =>
        _fields = Mutability.FieldsOf(type).All(field => Mutability.IsImmutable(field.FieldType))
            ? null
            : (Action<object, ObjectCopier>)FieldCopier.Compile(type, typeof(Action<object, ObjectCopier>));

    public override object Copy(object value, ObjectCopier copier)
    {
        if (_fields is null)
        {
            return CloningPlan.Clone(value);
        }

        if (copier.TryGetCopy(value, out object? known))
        {
            return known!;
        }

        object copy = CloningPlan.Clone(value);
        copier.Enter(value, copy);
        try
        {
            _fields(copy, copier);
        }
        finally
        {
            copier.Leave();
        }

        return copy;
    }
}

/// <summary>Shares what cannot or need not be copied.</summary>
internal sealed class SharingPlan : CopyPlan
{
    public static readonly SharingPlan Instance = new();

    public override object Copy(object value, ObjectCopier copier) => value;
}
