/** The icons of the catalogue by their A2UI names. */
import {
  ArrowLeft, ArrowRight, Bell, BellOff, Calendar, CalendarCheck, Camera, Check, CircleAlert, CircleHelp, CircleUser, CreditCard, Download, Ellipsis, EllipsisVertical, Eye, EyeOff, Folder, Heart, House, Image, Info, Lock, LockOpen, Mail, MapPin, Menu, Paperclip, Pause, Pencil, Phone, Play, Plus, Printer, RefreshCw, Search, Send, Settings, Share2, ShoppingCart, Square, Star, Trash2, TriangleAlert, Upload, User, X, type IconNode,
} from "lucide";

/** A sign by its name in the catalogue. */
export const signs: ReadonlyMap<string, IconNode> = new Map(
  Object.entries({
    accountCircle: CircleUser, add: Plus, arrowBack: ArrowLeft, arrowForward: ArrowRight, attachFile: Paperclip, calendarToday: Calendar, call: Phone, camera: Camera, check: Check, close: X, delete: Trash2, download: Download, edit: Pencil, event: CalendarCheck, error: CircleAlert, favorite: Heart, folder: Folder, help: CircleHelp, home: House, info: Info, locationOn: MapPin, lock: Lock, lockOpen: LockOpen, mail: Mail, menu: Menu, moreHoriz: Ellipsis, moreVert: EllipsisVertical, notifications: Bell, notificationsOff: BellOff, pause: Pause, payment: CreditCard, person: User, phone: Phone, photo: Image, play: Play, print: Printer, refresh: RefreshCw, search: Search, send: Send, settings: Settings, share: Share2, shoppingCart: ShoppingCart, star: Star, stop: Square, upload: Upload, visibility: Eye, visibilityOff: EyeOff, warning: TriangleAlert,
  }),
);
